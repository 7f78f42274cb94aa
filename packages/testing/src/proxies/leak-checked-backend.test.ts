import {
  add,
  type Backend,
  type FusedKernels,
  grad,
  lstm,
  mul,
  sum,
  type Tensor,
  tensor,
  tidy,
  type View,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { input } from '../case.ts';
import { leakCheckedBackend } from './leak-checked-backend.ts';

const attributes = {
  reverse: false,
  zeroOutputForMask: false,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
} as const;

type LstmKernel = NonNullable<FusedKernels['lstm']>;

function upload(backend: Backend, shape: readonly number[]): View {
  return backend.upload(Float32Array.from(input(shape, 1).values), shape);
}

/** The inputs of a small LSTM and its fused kernel. */
function openLstm(backend: Backend): { kernel: LstmKernel; inputs: Record<'x' | 'kernel' | 'recurrentKernel', View> } {
  const inputs = {
    x: upload(backend, [1, 2, 3]),
    kernel: upload(backend, [3, 8]),
    recurrentKernel: upload(backend, [2, 8]),
  };
  return { kernel: backend.fused?.lstm as LstmKernel, inputs };
}

describe('leakCheckedBackend, wrong callers', () => {
  it('names what was never freed', () => {
    const backend = leakCheckedBackend(reference());
    const x = upload(backend, [2, 2]);
    backend.kernels.unary('exp', x);
    expect(backend.problems()).toEqual([
      'float32 [2, 2] of upload was never freed',
      'float32 [2, 2] of unary was never freed',
    ]);
  });

  it('refuses a double free and a use after free, and remembers both', async () => {
    const backend = leakCheckedBackend(reference());
    const x = upload(backend, [2]);
    backend.free(x.handle);
    expect(() => backend.free(x.handle)).toThrow('[free] float32 [2] of upload is freed a second time.');
    expect(() => backend.kernels.binary('add', x, x)).toThrow('[binary] float32 [2] of upload was freed before.');
    await expect(backend.read(x)).rejects.toThrow('[read] float32 [2] of upload was freed before.');
    expect(backend.problems()).toHaveLength(3);
  });

  it('refuses handles of another backend', () => {
    const backend = leakCheckedBackend(reference());
    const stranger = upload(reference(), [2]);
    expect(() => backend.kernels.unary('neg', stranger)).toThrow('[unary] a handle is not one of this backend.');
  });

  it('refuses to free what a backward still needs', () => {
    const backend = leakCheckedBackend(reference());
    const { kernel, inputs } = openLstm(backend);
    const { outputs, saved } = kernel.forward(inputs, attributes, true);
    backend.free(inputs.x.handle);
    expect(() => kernel.backward(saved, { y: outputs.y }, new Set(['x']))).toThrow(
      '[lstm] float32 [1, 2, 3] of upload was freed before backward.',
    );
  });

  it('refuses a second release and a backward after release, and names a missing release', () => {
    const backend = leakCheckedBackend(reference());
    const { kernel, inputs } = openLstm(backend);
    const { outputs, saved } = kernel.forward(inputs, attributes, true);
    expect(backend.problems()).toContain('the saved state of lstm was never released');
    kernel.release(saved);
    expect(backend.problems()).not.toContain('the saved state of lstm was never released');
    expect(() => kernel.release(saved)).toThrow('[lstm] release(saved) is called a second time.');
    expect(() => kernel.backward(saved, { y: outputs.y }, new Set(['x']))).toThrow(
      '[lstm] backward is called after release(saved).',
    );
  });

  it('refuses synchronous reads unless they are asked for', () => {
    const x = tensor([1, 2], { backend: leakCheckedBackend(reference()) });
    expect(() => x.dataSync()).toThrow('backend reference reads asynchronously.');
    const lenient = leakCheckedBackend(reference(), { syncReads: true });
    expect([...tensor([1, 2], { backend: lenient }).dataSync()]).toEqual([1, 2]);
  });

  it('refuses every call after dispose', () => {
    const backend = leakCheckedBackend(reference());
    backend.dispose();
    expect(() => upload(backend, [1])).toThrow('[upload] the backend was disposed.');
    expect(() => backend.dispose()).toThrow('[dispose] the backend was disposed.');
  });

  it('watches sessions', () => {
    const session = { step() {}, readState: () => [], writeState() {}, dispose() {} };
    const backend = leakCheckedBackend({ ...reference(), createSession: () => session });
    const open = backend.createSession?.({
      sessions: 1,
      inputSize: 1,
      outputSize: 1,
      layers: [],
      weightPrecision: 'float32',
    });
    expect(backend.problems()).toEqual(['a session was never disposed']);
    open?.dispose();
    expect(backend.problems()).toEqual([]);
    expect(() => open?.step(new Float32Array(1), new Float32Array(1))).toThrow(
      '[session] step is called after dispose.',
    );
  });
});

describe('leakCheckedBackend, wrong backends', () => {
  it('refuses a kernel that returns the handle of its input', () => {
    const inner = reference();
    const lazy: Backend = { ...inner, kernels: { ...inner.kernels, cast: (x) => x } };
    const backend = leakCheckedBackend(lazy);
    const x = upload(backend, [2]);
    expect(() => backend.kernels.cast(x, 'float32')).toThrow(
      '[cast] its result float32 [2] of cast has the handle of float32 [2] of upload, which is alive.',
    );
  });

  it('refuses a fused kernel that returns one handle as two outputs', () => {
    const inner = reference();
    const own = inner.fused?.lstm as LstmKernel;
    const twice: LstmKernel = {
      ...own,
      forward(...call) {
        const { outputs, saved } = own.forward(...call);
        return { outputs: { ...outputs, c: outputs.h }, saved };
      },
    };
    const backend = leakCheckedBackend({ ...inner, fused: { ...inner.fused, lstm: twice } });
    const { kernel, inputs } = openLstm(backend);
    expect(() => kernel.forward(inputs, attributes, true)).toThrow('has the handle of float32 [1, 2] of lstm');
  });
});

it('stays silent while core trains through it', async () => {
  const backend = leakCheckedBackend(reference());
  const make = (shape: readonly number[], seed: number): Tensor =>
    tensor(input(shape, seed).values, { shape, backend, dtype: 'float32', requiresGrad: true });
  const gradients = tidy(() => {
    const x = make([2, 3, 4], 1);
    const weights = { kernel: make([4, 12], 2), recurrentKernel: make([3, 12], 3), bias: make([12], 4) };
    const { y, h, c } = lstm(x, weights);
    return grad(add(sum(mul(y, y)), sum(add(h, c))), [x, weights.kernel]);
  });
  for (const gradient of gradients) {
    expect((await gradient.data()).some((value) => value !== 0)).toBe(true);
    gradient.dispose();
  }
  expect(backend.problems()).toEqual([]);
});
