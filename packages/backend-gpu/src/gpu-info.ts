import { type Backend, describeValue, OptionError } from '@lstm/core';
import type { GpuMode } from './mode.ts';

/** What computes on a backend of {@link gpu}. */
export interface GpuInfo {
  readonly mode: GpuMode;
  /** What the browser or driver calls it; empty where it keeps that to itself. */
  readonly renderer: string;
  /** Whether a processor does the work of a GPU, by what the renderer is called. Small networks then train faster on `reference()`. */
  readonly software: boolean;
}

// No `Device`: its types are those of a browser, which programs for Node do not have.
const devices = new WeakMap<Backend, Pick<GpuInfo, 'mode' | 'renderer'>>();

/** Remembers what a backend computes on. */
export function remember(backend: Backend, device: Pick<GpuInfo, 'mode' | 'renderer'>): void {
  devices.set(backend, device);
}

/** Names of the renderers of Chromium, Mesa and Windows that are programs, and of WebAssembly here. */
const programs = /swiftshader|llvmpipe|softpipe|basic render|software|webassembly|fallback/i;

/**
 * Returns what computes on a backend that {@link gpu} made. Browsers without a usable GPU put a program in its place and do not tell.
 *
 * @throws OptionError for any other backend
 *
 * @example
 * ```ts
 * import { gpu, gpuInfo } from '@lstm/backend-gpu';
 *
 * const backend = await gpu({ mode: 'webasm' });
 * console.log(gpuInfo(backend)); // => { mode: 'webasm', renderer: 'WebAssembly', software: true }
 * ```
 */
export function gpuInfo(backend: Backend): GpuInfo {
  const device = devices.get(backend);
  if (device === undefined) {
    const fact = `the backend is ${typeof backend?.name === 'string' ? backend.name : describeValue(backend)}.`;
    throw new OptionError('gpuInfo', fact, 'It tells of backends of gpu().', 'Pass what await gpu() gave.');
  }
  const { mode, renderer } = device;
  return { mode, renderer, software: programs.test(renderer) };
}
