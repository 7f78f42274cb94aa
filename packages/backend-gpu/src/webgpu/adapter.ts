import { DeviceLostError, UnsupportedError } from '@lstm/core';
import { startAgain } from '../device.ts';
import { insteadOf } from '../mode.ts';

/**
 * Resolves to a WebGPU device of its own, with the limits of its adapter.
 *
 * @throws UnsupportedError where there is no WebGPU or no adapter
 */
export async function requestDevice(): Promise<GPUDevice> {
  const entry = (globalThis as { navigator?: { readonly gpu?: GPU } }).navigator?.gpu;
  if (entry === undefined) {
    throw new UnsupportedError(
      'gpu',
      'there is no navigator.gpu here.',
      'Mode webgpu needs WebGPU, of a browser or supplied.',
      insteadOf('webgpu'),
    );
  }
  const adapter = await entry.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new UnsupportedError('gpu', 'WebGPU gives no adapter here.', 'Mode webgpu needs one.', insteadOf('webgpu'));
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  return adapter.requestDevice({
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage },
  });
}

/** Returns what the browser tells of what computes; older ones tell nothing. */
export function rendererOf({ adapterInfo }: { readonly adapterInfo?: GPUAdapterInfo }): string {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapterInfo ?? {};
  return [vendor, architecture, device, description, isFallbackAdapter && 'fallback adapter'].filter(Boolean).join(' ');
}

/** The error of everything that was asked of a device after it was lost. */
export function deviceLost(where: string): DeviceLostError {
  return new DeviceLostError(
    where,
    'the WebGPU device was lost.',
    'The browser took the GPU away (driver reset, sleep or too much memory): all tensors on it are gone.',
    startAgain,
  );
}
