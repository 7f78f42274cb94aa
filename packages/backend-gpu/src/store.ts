import { BackendError, type DType, type Shape, sizeOf, UnsupportedError, type View } from '@lstm/core';
import type { Block, Device, Launch } from './device.ts';
import { GlDevice } from './webgl/device.ts';
import type { TextureBlock } from './webgl/textures.ts';
import { WebGpuDevice } from './webgpu/device.ts';

/** Finds out later whether indices that were computed on the device lie within their table. */
export interface Check {
  readonly error: Promise<Error | undefined>;
  /** Known to be right. */
  passed: boolean;
}

/** A tensor of this backend. Its memory may change hands: an optimizer step gives a handle new memory. */
export interface Handle {
  /** Memory of the device; host integers get it when a kernel asks. Absent for a tensor without elements. */
  block: Block | undefined;
  /** Values of an int32 tensor that are known here. */
  readonly host: Int32Array | undefined;
  readonly size: number;
  /** What must hold for the contents to be right. */
  checks: readonly Check[];
  freed: boolean;
}

/** A tensor of this backend. */
export type GpuView = View<Handle>;

/** Returns a view with the same elements in another shape. */
export function reshaped(view: GpuView, shape: Shape): GpuView {
  return { ...view, shape };
}

/** A launch in terms of tensors. */
export interface TensorLaunch extends Pick<Launch, 'key' | 'text' | 'lengths' | 'numbers'> {
  readonly where: string;
  readonly inputs: readonly GpuView[];
  readonly shape: Shape;
  readonly dtype: DType;
}

// Above it float32 skips whole numbers.
const largestInteger = 2 ** 24;

function openChecks(views: readonly GpuView[]): readonly Check[] {
  if (views.every(({ handle }) => handle.checks.length === 0)) return [];
  return [...new Set(views.flatMap(({ handle }) => handle.checks))].filter(({ passed }) => !passed);
}

function checkExact(where: string, values: Int32Array): void {
  for (const value of values) {
    if (value <= largestInteger && value >= -largestInteger) continue;
    throw new UnsupportedError(
      where,
      `an int32 tensor holds ${value}.`,
      'Where integers meet floats this backend computes in float32, which holds whole numbers up to 2^24 exactly.',
      'Use smaller integers, or another backend.',
    );
  }
}

/** Tensors on a device. */
export class Store {
  readonly device: Device;
  /** The device where it is WebGL2: for kernels with several results and for writing into parts of textures. */
  readonly gl: GlDevice | undefined;
  /** The device where it is WebGPU: for kernels that write to targets. */
  readonly webgpu: WebGpuDevice | undefined;

  constructor(device: Device) {
    this.device = device;
    this.gl = device instanceof GlDevice ? device : undefined;
    // What is called `Device` here is a device of any memory.
    const any: unknown = device;
    this.webgpu = any instanceof WebGpuDevice ? any : undefined;
  }

  /** Returns the handle of a view that is alive, on a device that is. */
  handleOf(where: string, { handle }: GpuView): Handle {
    this.device.check(where);
    if (!handle.freed) return handle;
    throw new BackendError(
      where,
      'a buffer was used after free.',
      'A handle is freed after its last use.',
      'Keep the tensor, or free it later.',
    );
  }

  /** Returns the device memory of a tensor with elements. */
  blockOf(where: string, view: GpuView): Block {
    const handle = this.handleOf(where, view);
    if (handle.block === undefined) {
      if (handle.host !== undefined) checkExact(where, handle.host);
      this.checkSize(where, handle.size);
      handle.block = this.device.upload(handle.host ?? new Float32Array(handle.size));
    }
    return handle.block;
  }

  /** Returns the texture of a tensor with elements. */
  textureOf(where: string, view: GpuView): TextureBlock {
    return this.blockOf(where, view) as TextureBlock;
  }

  /** Returns a tensor that holds a copy of values. */
  upload(where: string, values: Float32Array, shape: Shape): GpuView {
    this.checkSize(where, values.length);
    return this.adopt(values.length === 0 ? undefined : this.device.upload(values), shape, 'float32', []);
  }

  /** Returns a view of device memory. */
  adopt(block: Block | undefined, shape: Shape, dtype: DType, from: readonly GpuView[]): GpuView {
    const checks = openChecks(from);
    return { handle: { block, host: undefined, size: sizeOf(shape), checks, freed: false }, shape, dtype };
  }

  /** Returns a view of integers that are known here. */
  adoptHost(values: Int32Array, shape: Shape): GpuView {
    const handle = { block: undefined, host: values, size: values.length, checks: [], freed: false };
    return { handle, shape, dtype: 'int32' };
  }

  /** Makes the contents of a view depend on the checks of what they were made from. */
  inherit(view: GpuView, from: readonly GpuView[]): GpuView {
    view.handle.checks = openChecks([view, ...from]);
    return view;
  }

  /** Runs a kernel; a result without elements needs none. */
  run({ where, inputs, shape, dtype, ...launch }: TensorLaunch): GpuView {
    this.device.check(where);
    const size = sizeOf(shape);
    this.checkSize(where, size);
    const blocks = size === 0 ? [] : inputs.map((input) => this.blockOf(where, input));
    return this.adopt(
      size === 0 ? undefined : this.device.run({ ...launch, inputs: blocks, size }),
      shape,
      dtype,
      inputs,
    );
  }

  /** Returns a tensor that holds one value everywhere. */
  fill(where: string, shape: Shape, value: number, dtype: DType): GpuView {
    return this.run({
      where,
      key: 'fill',
      text: (lanes) => ({ body: `return ${lanes === 4 ? '[value, value, value, value]' : 'value'};`, reads: [] }),
      inputs: [],
      numbers: { value },
      shape,
      dtype,
    });
  }

  free(handle: Handle): void {
    if (handle.freed) return;
    handle.freed = true;
    if (handle.block !== undefined) this.device.free(handle.block);
    handle.block = undefined;
  }

  /** Throws when the device holds no tensor of so many elements: a texture that is too large computes zeros without an error. */
  checkSize(where: string, size: number): void {
    if (size <= this.device.limit) return;
    throw new UnsupportedError(
      where,
      `a tensor would have ${size} elements.`,
      `In mode ${this.device.mode} it has at most ${this.device.limit}.`,
      'Use smaller batches or another backend.',
    );
  }
}
