import type { ShaderText } from '../gpu-js.ts';
import { parameterUsage, readUsage } from './buffers.ts';

// Parameters of a launch start at a multiple of it.
const stride = 256;
// Launches of one submission.
const mostLaunches = 512;
const threadsOfGroup = 64;
const mostGroups = 65_535;

/** Part of a buffer, in bytes. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset?: number;
  readonly size?: number;
}

/** Encodes launches, and submits them together: when something is read, or the room for their parameters is full. */
export class Recorder {
  readonly #device: GPUDevice;
  readonly #parameters: GPUBuffer;
  readonly #values = new DataView(new ArrayBuffer(stride * mostLaunches));
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #count = 0;
  #dropped: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#parameters = device.createBuffer({ size: stride * mostLaunches, usage: parameterUsage });
  }

  /** Encodes a launch of `threads` threads; `arrays` are what the shader reads and writes, in its order. */
  launch(
    pipeline: GPUComputePipeline,
    { parameterBytes, numbers }: ShaderText,
    arrays: readonly BufferRange[],
    values: readonly number[],
    threads: number,
  ): void {
    if (this.#count === mostLaunches) this.submit();
    const offset = stride * this.#count++;
    const groups = Math.ceil(threads / threadsOfGroup);
    const [x, y] = [Math.min(groups, mostGroups), Math.ceil(groups / mostGroups)];
    const set = (at: number, value: number): void => this.#values.setUint32(offset + at, value, true);
    [threads, 1, 1, x * threadsOfGroup].forEach((value, i) => {
      set(4 * i, value);
    });
    numbers.forEach(({ offset: at, whole }, i) => {
      if (whole) this.#values.setInt32(offset + at, values[i] as number, true);
      else this.#values.setFloat32(offset + at, values[i] as number, true);
    });
    const entries = [{ buffer: this.#parameters, offset, size: parameterBytes }, ...arrays];
    const group = this.#device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: entries.map((resource, binding) => ({ binding, resource })),
    });
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group);
    this.#pass.dispatchWorkgroups(x, y);
  }

  /** Writes values after everything recorded so far. */
  write(buffer: GPUBuffer, values: Float32Array<ArrayBuffer>): void {
    // What is written goes before the next submission: it must not overtake launches that still read the buffer.
    this.submit();
    this.#device.queue.writeBuffer(buffer, 0, values);
  }

  /** Returns a buffer for the host with what another one holds after everything recorded so far. */
  copy(buffer: GPUBuffer, bytes: number): GPUBuffer {
    const target = this.#device.createBuffer({ size: bytes, usage: readUsage });
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#endPass();
    this.#encoder.copyBufferToBuffer(buffer, 0, target, 0, bytes);
    this.submit();
    return target;
  }

  /** Destroys buffers once the launches that use them are submitted. */
  destroyLater(buffers: readonly GPUBuffer[]): void {
    this.#dropped.push(...buffers);
  }

  /** Sends off what is recorded. */
  submit(): void {
    if (this.#encoder !== undefined) {
      this.#endPass();
      this.#device.queue.writeBuffer(this.#parameters, 0, this.#values.buffer, 0, stride * this.#count);
      this.#device.queue.submit([this.#encoder.finish()]);
      this.#encoder = undefined;
      this.#count = 0;
    }
    for (const buffer of this.#dropped) buffer.destroy();
    this.#dropped = [];
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
