import type { Block } from '../device.ts';
import { rowTexels } from '../source/helpers.ts';

/** A texture of four float32 elements to a texel, and what renders into it. */
export interface TextureBlock extends Block {
  readonly texture: WebGLTexture;
  readonly framebuffer: WebGLFramebuffer;
  /** In texels. */
  readonly width: number;
  readonly height: number;
}

// Freed textures kept for the next tensors of their size.
const keptBytes = 2 ** 28;

/** Returns width and height in texels of the texture of a tensor. */
function textureSize(size: number): readonly [number, number] {
  const texels = Math.max(1, Math.ceil(size / 4));
  return [Math.min(texels, rowTexels), Math.ceil(texels / rowTexels)];
}

interface Texture {
  readonly texture: WebGLTexture;
  readonly framebuffer: WebGLFramebuffer;
  readonly width: number;
  readonly height: number;
}

const bytesOf = ({ width, height }: Pick<Texture, 'width' | 'height'>): number => 16 * width * height;

/** Textures by size. The device works in call order, so a freed one can be written at once. */
export class TexturePool {
  readonly #gl: WebGL2RenderingContext;
  readonly #free = new Map<string, Texture[]>();
  #freeBytes = 0;
  #count = 0;
  #liveBytes = 0;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  /** Textures in existence, free ones included. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the textures in use. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Returns a texture for `size` elements, by default as tensors are laid out. Its contents are undefined. */
  take(size: number, [width, height]: readonly [number, number] = textureSize(size)): TextureBlock {
    const kept = this.#free.get(`${width}x${height}`);
    const found = kept?.pop();
    if (found !== undefined) this.#freeBytes -= bytesOf(found);
    const block = { ...(found ?? this.#create(width, height)), size };
    this.#liveBytes += bytesOf(block);
    return block;
  }

  /** Takes a texture back. */
  give({ texture, framebuffer, width, height }: TextureBlock): void {
    const freed = { texture, framebuffer, width, height };
    const key = `${width}x${height}`;
    // The size used last comes last: the first entries are the ones to let go.
    const kept = this.#free.get(key) ?? [];
    this.#free.delete(key);
    this.#free.set(key, kept);
    kept.push(freed);
    this.#liveBytes -= bytesOf(freed);
    this.#freeBytes += bytesOf(freed);
    while (this.#freeBytes > keptBytes) this.#dropOldest();
  }

  dispose(): void {
    for (const [key, kept] of this.#free) {
      for (const each of kept) this.#delete(each);
      this.#free.delete(key);
    }
  }

  #dropOldest(): void {
    for (const [key, kept] of this.#free) {
      const oldest = kept.shift();
      if (kept.length === 0) this.#free.delete(key);
      if (oldest === undefined) continue;
      this.#freeBytes -= bytesOf(oldest);
      this.#delete(oldest);
      return;
    }
  }

  #create(width: number, height: number): Texture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.#count++;
    return { texture, framebuffer, width, height };
  }

  #delete({ texture, framebuffer }: Texture): void {
    this.#gl.deleteFramebuffer(framebuffer);
    this.#gl.deleteTexture(texture);
    this.#count--;
  }
}
