import { type Backend, type DType, defineBackend } from '@lstm/core';
import { Commands } from './commands.ts';
import { asLstmError, call, upload } from './device.ts';
import { layerNormKernel } from './fused/layer-norm.ts';
import { linearKernel } from './fused/linear.ts';
import { optimizerUpdates } from './fused/optimizer-step.ts';
import { recurrentKernels } from './fused/recurrent.ts';
import { softmaxCrossEntropyKernel } from './fused/softmax-cross-entropy.ts';
import { createKernels } from './kernels.ts';
import type { Handle, NativeEngine, NativeModule } from './native.ts';
import { createSession } from './session.ts';

/** The backend contract on a native engine. */
export function createBackend(engine: NativeEngine, names: NativeModule['commands']): Backend {
  const commands = new Commands(engine, names);
  return defineBackend<Handle>({
    apiVersion: 1,
    name: 'cpu',
    dtypes: new Set<DType>(['float32', 'int32']),
    precision: 'float32',
    computesOnCaller: false,
    kernels: createKernels(engine, commands),
    fused: {
      ...recurrentKernels(engine, commands),
      linear: linearKernel(engine),
      softmaxCrossEntropy: softmaxCrossEntropyKernel(engine, commands),
      layerNorm: layerNormKernel(engine, commands),
    },
    updates: optimizerUpdates(engine),
    upload: (data, shape) => upload(engine, data, shape),
    async read(view) {
      try {
        return await engine.read(view.handle);
      } catch (error) {
        throw asLstmError('read', error);
      }
    },
    readSync: (view, into) => call('readSync', () => engine.readSync(view.handle, into)),
    free: (handle) => commands.release(handle),
    get pending() {
      const [ops, bytes] = engine.pending();
      return { ops, bytes };
    },
    idle: () => engine.idle(),
    createSession: (plan) => createSession(engine, plan),
    dispose() {
      engine.dispose();
      commands.end();
    },
  });
}
