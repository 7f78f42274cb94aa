import { DisposedError } from '@lstm/core';
import { type Device, type DeviceCounts, type Launch, workRefused } from '../device.ts';
import { type GpuJs, type KernelText, type ShaderText, wgslCompiler } from '../gpu-js.ts';
import { ownFault } from '../own-fault.ts';
import { ProgramCache } from '../program-cache.ts';
import { launchText, launchValues } from '../source/launch.ts';
import { deviceLost, rendererOf } from './adapter.ts';
import { type BufferBlock, type BufferPart, BufferPool } from './buffers.ts';
import { type BufferRange, Recorder } from './recorder.ts';

/** Arguments of a launch by name. */
export type Arguments = Readonly<Record<string, BufferBlock | BufferPart | number | undefined>>;

function argumentOf(values: Arguments, name: string): NonNullable<Arguments[string]> {
  const value = values[name];
  if (value !== undefined) return value;
  throw ownFault(`a launch has no ${name}.`);
}

/** A compiled shader; nothing of it has to be given back. */
export interface ShaderProgram {
  readonly pipeline: GPUComputePipeline;
  readonly shader: ShaderText;
  destroy(): void;
}

// A few kilobytes each.
const mostPrograms = 2048;

/** WebGPU: gpu.js writes the shaders, one element to a thread; many launches are encoded before one submission. */
export class WebGpuDevice implements Device<BufferBlock> {
  readonly mode = 'webgpu';
  readonly renderer: string;
  readonly lanes = 1;
  readonly limit: number;
  /** Most elements of a buffer. */
  readonly largest: number;
  /** A part of a buffer that is given to a launch starts at a multiple of so many elements. */
  readonly alignment: number;
  /** Most arrays that a kernel reads and writes. */
  readonly mostArrays: number;
  readonly #device: GPUDevice;
  readonly #compile: (text: KernelText) => ShaderText;
  readonly #programs = new ProgramCache<ShaderProgram>(mostPrograms);
  readonly #buffers: BufferPool;
  readonly #recorder: Recorder;
  #launches = 0;
  #bytes = 0;
  #doneLaunches = 0;
  #doneBytes = 0;
  #lost = false;
  #fault: string | undefined;
  #disposed = false;

  constructor(library: GpuJs, device: GPUDevice) {
    this.#device = device;
    this.#compile = wgslCompiler(library);
    this.#buffers = new BufferPool(device);
    this.#recorder = new Recorder(device);
    this.renderer = rendererOf(device);
    const { limits } = device;
    this.largest = Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4);
    this.alignment = Math.ceil(limits.minStorageBufferOffsetAlignment / 4);
    this.mostArrays = limits.maxStorageBuffersPerShaderStage;
    // gpu.js's locals are floats: an index kept in one is exact up to 2²⁴.
    this.limit = Math.min(2 ** 24, this.largest);
    void device.lost.then(() => {
      this.#lost = true;
    });
    device.addEventListener('uncapturederror', (event) => {
      this.#fault ??= event.error.message;
    });
  }

  get counts(): DeviceCounts {
    const { count, liveBytes } = this.#buffers;
    return { programs: this.#programs.size, blocks: count, bytes: liveBytes, launches: this.#launches };
  }

  get pending(): { readonly ops: number; readonly bytes: number } {
    return { ops: this.#launches - this.#doneLaunches, bytes: this.#bytes - this.#doneBytes };
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
    if (this.#lost) throw deviceLost(where);
    if (this.#fault !== undefined) throw workRefused(where, `WebGPU refused work: ${this.#fault}`);
  }

  upload(values: Float32Array | Int32Array): BufferBlock {
    const block = this.#buffers.take(values.length);
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    this.#recorder.write(block.buffer, data as Float32Array<ArrayBuffer>);
    return block;
  }

  run(launch: Launch<BufferBlock>): BufferBlock {
    const { inputs, size } = launch;
    const { pipeline, shader } = this.program(launch.key, () => launchText(launch, 1));
    const block = this.take(size);
    const arrays = [...inputs, block].map(({ buffer }) => ({ buffer }));
    this.#recorder.launch(pipeline, shader, arrays, launchValues(launch), size);
    this.#launches++;
    this.#bytes += 4 * size;
    return block;
  }

  /** Returns memory for `size` elements. Its contents are undefined. */
  take(size: number): BufferBlock {
    return this.#buffers.take(size);
  }

  /** Returns a compiled program. */
  program(key: string, text: () => KernelText): ShaderProgram {
    this.check(key.split('|')[0] as string);
    return this.#programs.get(key, () => this.#link(text()));
  }

  /** Runs a program whose results go to targets, or to `result`; `values` are its arguments by name. */
  launch(
    { pipeline, shader }: ShaderProgram,
    values: Arguments,
    threads: number,
    written: number,
    result?: BufferBlock,
  ): void {
    const arrays: BufferRange[] = shader.arrays.map((name) => {
      const block = argumentOf(values, name) as BufferBlock | BufferPart;
      return { buffer: block.buffer, offset: 'from' in block ? 4 * block.from : 0, size: 4 * block.size };
    });
    if (result !== undefined) arrays.push({ buffer: result.buffer });
    const numbers = shader.numbers.map(({ name }) => argumentOf(values, name) as number);
    this.#recorder.launch(pipeline, shader, arrays, numbers, threads);
    this.#launches++;
    this.#bytes += 4 * written;
  }

  async read({ buffer, size }: BufferBlock): Promise<Float32Array> {
    this.check('read');
    const copied = this.#recorder.copy(buffer, 4 * size);
    try {
      await copied.mapAsync(1);
      this.check('read');
      return new Float32Array(copied.getMappedRange()).slice();
    } catch (error) {
      this.check('read');
      // A lost device rejects the mapping with an error of its own, before it says that it is lost.
      await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, 1000))]);
      this.check('read');
      throw error;
    } finally {
      copied.destroy();
    }
  }

  async idle(): Promise<void> {
    this.check('idle');
    const [launches, bytes] = [this.#launches, this.#bytes];
    this.#recorder.submit();
    await this.#device.queue.onSubmittedWorkDone();
    this.#doneLaunches = Math.max(this.#doneLaunches, launches);
    this.#doneBytes = Math.max(this.#doneBytes, bytes);
    this.check('idle');
  }

  free(block: BufferBlock): void {
    if (this.#disposed) return;
    this.#recorder.destroyLater(this.#buffers.give(block));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#programs.dispose();
    this.#disposed = true;
    // Gives back all of its buffers.
    this.#device.destroy();
  }

  #link(text: KernelText): ShaderProgram {
    const shader = this.#compile(text);
    const module = this.#device.createShaderModule({ code: shader.code });
    const pipeline = this.#device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    return { pipeline, shader, destroy() {} };
  }
}
