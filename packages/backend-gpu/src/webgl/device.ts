import { DisposedError } from '@lstm/core';
import { type Block, type Device, type DeviceCounts, type Launch, workRefused } from '../device.ts';
import { type ArgumentKind, type GlProgram, type GpuJs, glCompiler, type KernelText } from '../gpu-js.ts';
import { ownFault } from '../own-fault.ts';
import { ProgramCache } from '../program-cache.ts';
import { rowTexels } from '../source/helpers.ts';
import { launchText, launchValues } from '../source/launch.ts';
import { type Context, contextLost, releaseContext } from './context.ts';
import { Fences } from './fences.ts';
import { type TextureBlock, TexturePool } from './textures.ts';

/** A program with the places of its arguments. */
interface LinkedProgram {
  readonly program: WebGLProgram;
  /** Names of the arguments, arrays before numbers. */
  readonly names: readonly string[];
  readonly kinds: readonly ArgumentKind[];
  readonly locations: readonly (WebGLUniformLocation | null)[];
  readonly size: WebGLUniformLocation | null;
  readonly position: number;
  readonly corner: number;
  readonly results: number;
  destroy(): void;
}

/** A rectangle of texels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

// Compiled once, kept for the life of the backend; a program takes a few kilobytes.
const mostPrograms = 2048;

/** A WebGL2 context: programs by gpu.js, launched here. */
export class GlDevice implements Device<TextureBlock> {
  readonly mode = 'webgl2';
  readonly renderer: string;
  readonly lanes = 4;
  readonly limit: number;
  readonly #context: Context;
  readonly #gl: WebGL2RenderingContext;
  readonly #compile: (text: KernelText) => GlProgram;
  readonly #programs = new ProgramCache<LinkedProgram>(mostPrograms);
  readonly textures: TexturePool;
  readonly #fences: Fences;
  readonly #quad: WebGLBuffer;
  #launches = 0;
  #bytes = 0;
  #lost = false;
  #fault: string | undefined;
  #disposed = false;

  constructor(library: GpuJs, context: Context) {
    const { gl, canvas, maxTextureSize, renderer } = context;
    this.renderer = renderer;
    this.#context = context;
    this.#gl = gl;
    this.#compile = glCompiler(library, gl);
    this.textures = new TexturePool(gl);
    this.#fences = new Fences(gl);
    this.limit = 4 * rowTexels * maxTextureSize;
    this.#quad = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#quad);
    // Corners of the viewport, then of the texture.
    gl.bufferData(gl.ARRAY_BUFFER, Float32Array.of(-1, -1, 1, -1, -1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1), gl.STATIC_DRAW);
    const markLost = (event: Event): void => {
      event.preventDefault();
      this.#lost = true;
    };
    canvas.addEventListener('webglcontextlost', markLost);
  }

  get counts(): DeviceCounts {
    return {
      programs: this.#programs.size,
      blocks: this.textures.count,
      bytes: this.textures.liveBytes,
      launches: this.#launches,
    };
  }

  get pending(): { readonly ops: number; readonly bytes: number } {
    return this.#fences.pending(this.#launches, this.#bytes);
  }

  get maxTextureSize(): number {
    return this.#context.maxTextureSize;
  }

  /** Most results of one kernel. */
  get maxResults(): number {
    return this.#context.maxResults;
  }

  check(where: string): void {
    if (this.#disposed) {
      throw new DisposedError(
        where,
        'the backend was disposed.',
        'Its memory is gone.',
        'Create a new one: await gpu().',
      );
    }
    // A lost context computes zeros without an error.
    this.#lost ||= this.#gl.isContextLost();
    if (this.#lost) throw contextLost(where);
    if (this.#fault !== undefined) throw workRefused(where, `WebGL refused work: ${this.#fault}.`);
  }

  upload(values: Float32Array | Int32Array): TextureBlock {
    const gl = this.#gl;
    const block = this.textures.take(values.length);
    const { width, height } = block;
    let data = values instanceof Float32Array ? values : Float32Array.from(values);
    if (data.length !== 4 * width * height) {
      const padded = new Float32Array(4 * width * height);
      padded.set(data);
      data = padded;
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, block.texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.FLOAT, data);
    return block;
  }

  run(launch: Launch<TextureBlock>): TextureBlock {
    const program = this.program(launch.key, () => launchText(launch, 4));
    const block = this.textures.take(launch.size);
    this.draw(program, launch.inputs, launchValues(launch), block.framebuffer, { ...block, x: 0, y: 0 });
    return block;
  }

  /**
   * Runs a kernel with several results of one size, the first one returned, the others by calls of `extraResults`. The size is that
   * of a tensor, or width and height of a grid in texels.
   */
  runMany(
    key: string,
    text: () => KernelText,
    inputs: readonly TextureBlock[],
    size: number | readonly [number, number],
    numbers: readonly number[] = [],
  ): TextureBlock[] {
    const program = this.program(key, text);
    const take = (): TextureBlock =>
      typeof size === 'number' ? this.textures.take(size) : this.textures.take(4 * size[0] * size[1], size);
    const results = Array.from({ length: program.results }, take);
    const target = this.target(results);
    this.draw(program, inputs, numbers, target, { ...(results[0] as TextureBlock), x: 0, y: 0 });
    this.deleteTarget(target);
    return results;
  }

  /** Returns what lets a program write into several textures of one size at once; the caller deletes it. */
  target(textures: readonly TextureBlock[]): WebGLFramebuffer {
    const gl = this.#gl;
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    const places = textures.map((_, i) => gl.COLOR_ATTACHMENT0 + i);
    textures.forEach(({ texture }, i) => {
      gl.framebufferTexture2D(gl.FRAMEBUFFER, places[i] as number, gl.TEXTURE_2D, texture, 0);
    });
    gl.drawBuffers(places);
    return framebuffer;
  }

  deleteTarget(target: WebGLFramebuffer): void {
    this.#gl.deleteFramebuffer(target);
  }

  /** Returns a compiled program. */
  program(key: string, text: () => KernelText): LinkedProgram {
    this.check(key.split('|')[0] as string);
    return this.#programs.get(key, () => this.#link(text()));
  }

  /** Like `draw`, with the program's arguments by name. */
  launch(
    program: LinkedProgram,
    values: Readonly<Record<string, Block | number>>,
    framebuffer: WebGLFramebuffer,
    rectangle: Rectangle,
  ): void {
    const inputs: TextureBlock[] = [];
    const numbers: number[] = [];
    for (const name of program.names) {
      const value = values[name];
      if (value === undefined) throw ownFault(`a launch has no ${name}.`);
      if (typeof value === 'number') numbers.push(value);
      else inputs.push(value as TextureBlock);
    }
    this.draw(program, inputs, numbers, framebuffer, rectangle);
  }

  /** Runs a program for every texel of a rectangle of the textures behind a framebuffer. */
  draw(
    { program, kinds, locations, size, position, corner, results }: LinkedProgram,
    inputs: readonly TextureBlock[],
    numbers: readonly number[],
    framebuffer: WebGLFramebuffer,
    { x, y, width, height }: Rectangle,
  ): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    // gpu.js turns it on whenever it compiles.
    gl.disable(gl.SCISSOR_TEST);
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#quad);
    for (const [place, offset] of [
      [position, 0],
      [corner, 32],
    ] as const) {
      if (place < 0) continue;
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, offset);
    }
    for (let i = 0; i < kinds.length; i++) {
      const location = locations[i] as WebGLUniformLocation | null;
      if (i < inputs.length) {
        gl.activeTexture(gl.TEXTURE0 + i);
        gl.bindTexture(gl.TEXTURE_2D, inputs[i]?.texture ?? null);
      } else if (kinds[i] === 'integer') gl.uniform1i(location, numbers[i - inputs.length] as number);
      else gl.uniform1f(location, numbers[i - inputs.length] as number);
    }
    gl.uniform2i(size, width, height);
    gl.viewport(x, y, width, height);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    this.#launches++;
    this.#bytes += 16 * width * height * results;
  }

  async read(block: TextureBlock): Promise<Float32Array> {
    this.check('read');
    const gl = this.#gl;
    const { width, height, size } = block;
    const values = new Float32Array(4 * width * height);
    const buffer = gl.createBuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, block.framebuffer);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    gl.bufferData(gl.PIXEL_PACK_BUFFER, values.byteLength, gl.STREAM_READ);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, 0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    try {
      await this.idle();
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
      gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, values);
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
      // What a lost context gives is zeros.
      this.check('read');
    } finally {
      gl.deleteBuffer(buffer);
    }
    return values.length === size ? values : values.slice(0, size);
  }

  async idle(): Promise<void> {
    this.check('idle');
    await this.#fences.passed(this.#launches, this.#bytes);
    this.#findFault();
    this.check('idle');
  }

  /** What there was no memory for reads as zeros. Asking waits for all that was sent off, so it is asked where that is done. */
  #findFault(): void {
    const { NO_ERROR, CONTEXT_LOST_WEBGL, OUT_OF_MEMORY } = this.#gl;
    const error = this.#gl.getError();
    if (error === NO_ERROR || error === CONTEXT_LOST_WEBGL) return;
    this.#fault ??= error === OUT_OF_MEMORY ? 'out of memory' : `error ${error}`;
  }

  free(block: TextureBlock): void {
    if (!this.#disposed) this.textures.give(block);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#programs.dispose();
    this.textures.dispose();
    this.#gl.deleteBuffer(this.#quad);
    this.#disposed = true;
    // Gives back what tensors still hold.
    releaseContext(this.#gl);
  }

  #link(text: KernelText): LinkedProgram {
    const gl = this.#gl;
    const { program, names, uniforms, destroy } = this.#compile(text);
    gl.useProgram(program);
    const locations = uniforms.map((name) => gl.getUniformLocation(program, name));
    locations.forEach((location, i) => {
      if (text.arguments[i] === 'texel' || text.arguments[i] === 'element') gl.uniform1i(location, i);
    });
    gl.uniform2f(gl.getUniformLocation(program, 'ratio'), 1, 1);
    return {
      program,
      names,
      kinds: text.arguments,
      locations,
      size: gl.getUniformLocation(program, 'uTexSize'),
      position: gl.getAttribLocation(program, 'aPos'),
      corner: gl.getAttribLocation(program, 'aTexCoord'),
      results: 1 + (text.extraResults?.length ?? 0),
      destroy,
    };
  }
}
