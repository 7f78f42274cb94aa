import { type Backend, checkChoice, checkOptions } from '@lstm/core';
import { createBackend } from './backend.ts';
import type { Device } from './device.ts';
import { remember } from './gpu-info.ts';
import { type GpuJs, loadGpuJs } from './gpu-js.ts';
import type { GpuMode } from './mode.ts';
import { selfTest } from './self-test.ts';
import { checkWebAssembly } from './webasm/check.ts';
import { WasmDevice } from './webasm/device.ts';
import { createContext, releaseContext } from './webgl/context.ts';
import { GlDevice } from './webgl/device.ts';
import { requestDevice } from './webgpu/adapter.ts';
import { WebGpuDevice } from './webgpu/device.ts';

export { type GpuInfo, gpuInfo } from './gpu-info.ts';
export type { GpuMode } from './mode.ts';

/** Options of {@link gpu}. */
export interface GpuOptions {
  /**
   * `webgl2` (default): packed kernels on the GPU of a browser or worker. `webasm`: the same kernels compiled to WebAssembly by
   * gpu.js, on the caller's thread, for machines without a GPU; slow, composed of ops, and meant for tests. `webgpu`: many
   * launches in one submission, by `navigator.gpu` of a browser or one that was supplied.
   */
  readonly mode?: GpuMode;
}

/** Resolves to what `make` makes with gpu.js; where it can't, gives back what it was to be made of. */
async function makeOrRelease(make: (library: GpuJs) => object, release: () => void): Promise<Device> {
  try {
    return make(await loadGpuJs()) as Device;
  } catch (error) {
    release();
    throw error;
  }
}

async function createDevice(mode: GpuMode): Promise<Device> {
  if (mode === 'webasm') {
    checkWebAssembly();
    return makeOrRelease(
      (library) => new WasmDevice(library),
      () => {},
    );
  }
  if (mode === 'webgpu') {
    const device = await requestDevice();
    return makeOrRelease(
      (library) => new WebGpuDevice(library, device),
      () => device.destroy(),
    );
  }
  const context = createContext();
  return makeOrRelease(
    (library) => new GlDevice(library, context),
    () => releaseContext(context.gl),
  );
}

/**
 * Resolves to a backend that computes on the GPU with gpu.js. Its name tells the mode in use, `gpu-webgl2`, `gpu-webgpu` or
 * `gpu-webasm`; there is no fall back from one to another, and none to gpu.js's CPU mode. {@link gpuInfo} tells whether it is a GPU that
 * computes, or a program in its place.
 *
 * Creating it runs a self-test: range, digits and limits of the arithmetic, and whether textures are as large as the device says.
 *
 * @throws UnsupportedError where the mode asked for cannot run, BackendError where the device computes wrongly
 *
 * @example
 * ```ts
 * import { gpu } from '@lstm/backend-gpu';
 * import { add, tensor, useBackend } from '@lstm/core';
 *
 * const backend = await useBackend(await gpu({ mode: 'webasm' }));
 * const sum = add(tensor([1, 2]), tensor([3, 4]));
 * console.log(backend.name, [...(await sum.data())]); // => gpu-webasm [ 4, 6 ]
 * ```
 */
export async function gpu(options: GpuOptions = {}): Promise<Backend> {
  checkOptions('gpu', options, ['mode']);
  const mode = checkChoice('gpu', 'mode', options.mode ?? 'webgl2', ['webgl2', 'webgpu', 'webasm']);
  const device = await createDevice(mode);
  const backend = createBackend(device);
  try {
    await selfTest(backend);
    remember(backend, device);
  } catch (error) {
    backend.dispose();
    throw error;
  }
  return backend;
}
