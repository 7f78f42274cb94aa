import { type Backend, type DType, DTypeError, defineBackend, dtypeOf, type TypedArray } from '@lstm/core';
import type { Device } from './device.ts';
import { layerNormKernel } from './fused/layer-norm.ts';
import { linearKernel } from './fused/linear.ts';
import { optimizerUpdates } from './fused/optimizer-step.ts';
import { recurrentKernels } from './fused/recurrent/index.ts';
import { softmaxCrossEntropyKernel } from './fused/softmax-cross-entropy.ts';
import { createKernels } from './kernels/index.ts';
import { type GpuView, type Handle, Store } from './store.ts';

async function read(store: Store, view: GpuView): Promise<TypedArray> {
  const { host, block, size, checks } = store.handleOf('read', view);
  if (host !== undefined) return host.slice();
  const values = block === undefined ? new Float32Array(size) : await store.device.read(block);
  for (const error of await Promise.all(checks.map((check) => check.error))) if (error !== undefined) throw error;
  return view.dtype === 'int32' ? Int32Array.from(values) : values;
}

/** The backend contract on a device. */
export function createBackend(device: Device): Backend {
  const store = new Store(device);
  return defineBackend<Handle>({
    apiVersion: 1,
    name: `gpu-${device.mode}`,
    dtypes: new Set<DType>(['float32', 'int32']),
    precision: 'float32',
    computesOnCaller: device.mode === 'webasm',
    kernels: createKernels(store),
    fused: {
      ...((store.gl ?? store.webgpu) && recurrentKernels(store)),
      linear: linearKernel(store),
      softmaxCrossEntropy: softmaxCrossEntropyKernel(store),
      layerNorm: layerNormKernel(store),
    },
    ...((store.gl ?? store.webgpu) && { updates: optimizerUpdates(store) }),
    upload(data, shape) {
      device.check('upload');
      if (dtypeOf(data) === 'int32') return store.adoptHost((data as Int32Array).slice(), shape);
      if (dtypeOf(data) === 'float32') return store.upload('upload', data as Float32Array, shape);
      throw new DTypeError(
        'upload',
        'the dtype is float64.',
        'The gpu backend computes in float32 and int32.',
        'Use float32, or the reference backend for float64.',
      );
    },
    read: (view) => read(store, view),
    free: (handle) => store.free(handle),
    get pending() {
      return device.pending;
    },
    idle: () => device.idle(),
    dispose: () => device.dispose(),
  });
}
