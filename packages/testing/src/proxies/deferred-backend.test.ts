import {
  type Backend,
  BackendError,
  type FusedKernels,
  grad,
  hostArray,
  type Kernels,
  lstm,
  mul,
  OptionError,
  optimizerStep,
  Parameter,
  sum,
  type Tensor,
  tensor,
  tidy,
  type View,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { input } from '../case.ts';
import { deferredBackend } from './deferred-backend.ts';
import { leakCheckedBackend } from './leak-checked-backend.ts';

/** The reference backend with some kernels replaced, deferred. */
function broken(change: (kernels: Kernels) => Partial<Kernels>): Backend {
  const inner = reference();
  return deferredBackend({ ...inner, kernels: { ...inner.kernels, ...change(inner.kernels) } });
}

function upload(backend: Backend, ...values: number[]): View {
  return backend.upload(Float32Array.from(values), [values.length]);
}

describe('deferredBackend', () => {
  it('runs nothing before a later macrotask, then everything in call order', async () => {
    const calls: string[] = [];
    const backend = broken(({ unary, fill }) => ({
      fill(...call) {
        calls.push('fill');
        return fill(...call);
      },
      unary(kind, x) {
        calls.push(kind);
        return unary(kind, x);
      },
    }));
    const ones = backend.kernels.fill([2], 1, 'float32');
    const result = backend.kernels.unary('neg', backend.kernels.unary('exp', ones));
    expect(result).toMatchObject({ shape: [2], dtype: 'float32' });
    expect(backend.pending).toEqual({ ops: 3, bytes: 24 });
    await Promise.resolve();
    expect(calls).toEqual([]);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(calls).toEqual(['fill', 'exp', 'neg']);
    expect((await backend.read(result))[1]).toBeCloseTo(-Math.E, 6);
  });

  it('lets the caller reuse uploaded data and free inputs at once', async () => {
    const backend = deferredBackend(leakCheckedBackend(reference()));
    const data = Float32Array.of(1, 2);
    const x = backend.upload(data, [2]);
    data.fill(9);
    const y = backend.kernels.binary('add', x, x);
    backend.free(x.handle);
    expect([...(await backend.read(y))]).toEqual([2, 4]);
    expect(() => backend.kernels.unary('neg', x)).toThrow('[unary] float32 [2] was freed before.');
    expect(() => backend.free(x.handle)).toThrow('was freed before');
  });

  it('finishes queued work for readSync and offers none where there is none', () => {
    const backend = deferredBackend(reference());
    expect([...(backend.readSync?.(backend.kernels.unary('neg', upload(backend, 3))) ?? [])]).toEqual([-3]);
    expect(deferredBackend(leakCheckedBackend(reference())).readSync).toBeUndefined();
  });

  it('poisons what depends on failed work and nothing else, and frees it all', async () => {
    const inner = leakCheckedBackend(reference());
    const backend = deferredBackend(inner);
    const table = upload(backend, 1, 2);
    const bad = backend.kernels.gather(table, backend.upload(Int32Array.of(5), [1]));
    const after = backend.kernels.binary('add', bad, table);
    const fine = backend.kernels.unary('neg', table);
    await expect(backend.read(after)).rejects.toThrow(OptionError);
    await expect(backend.read(bad)).rejects.toThrow('[gather] index 5');
    expect([...(await backend.read(fine))]).toEqual([-1, -2]);
    for (const view of [table, bad, after, fine]) backend.free(view.handle);
    await backend.idle?.();
    expect(inner.problems()).toEqual(['int32 [1] of upload was never freed']);
  });

  it('says which kernel of a wrong backend threw', async () => {
    const backend = broken(() => ({
      unary: () => {
        throw new TypeError('no such program');
      },
    }));
    await expect(backend.read(backend.kernels.unary('tanh', upload(backend, 1)))).rejects.toThrow(
      new BackendError('unary', 'no such program'),
    );
  });

  it('refuses a kernel of a wrong backend that gives another shape or dtype', async () => {
    const backend = broken(({ transpose, cast }) => ({
      transpose: (x) => transpose(x, [0, 1]),
      cast: (x) => cast(x, 'float32'),
    }));
    const x = backend.upload(new Float32Array(6), [2, 3]);
    await expect(backend.read(backend.kernels.transpose(x, [1, 0]))).rejects.toThrow(
      '[transpose] the kernel gave float32 [2, 3]. Its result is float32 [3, 2].',
    );
    await expect(backend.read(backend.kernels.cast(x, 'int32'))).rejects.toThrow('Its result is int32 [2, 3].');
  });

  it('tells a failed free at the next read', async () => {
    const inner = reference();
    const backend = deferredBackend({
      ...inner,
      free() {
        throw new Error('the device is gone');
      },
    });
    const [x, y] = [upload(backend, 1), upload(backend, 2)];
    backend.free(x.handle);
    await expect(backend.read(y)).rejects.toThrow('[free] the device is gone');
    expect([...(await backend.read(y))]).toEqual([2]);
  });

  it('defers fused kernels, forward and backward', async () => {
    const inner = leakCheckedBackend(reference());
    const backend = deferredBackend(inner);
    const gradientsOn = async (device: Backend): Promise<number[][]> => {
      const make = (shape: readonly number[], seed: number): Tensor =>
        tensor(input(shape, seed).values, { shape, backend: device, dtype: 'float32', requiresGrad: true });
      const gradients = tidy(() => {
        const x = make([2, 3, 4], 1);
        const weights = { kernel: make([4, 12], 2), recurrentKernel: make([3, 12], 3), bias: make([12], 4) };
        const { y, c } = lstm(x, weights);
        return [...grad(sum(mul(sum(y), sum(c))), [x, weights.kernel, weights.bias])];
      });
      const values = await Promise.all(gradients.map(async (each) => [...(await each.data())]));
      for (const each of gradients) each.dispose();
      return values;
    };
    expect(await gradientsOn(backend)).toEqual(await gradientsOn(reference()));
    await backend.idle?.();
    expect(inner.problems()).toEqual([]);
  });

  it('poisons outputs and gradients of a fused kernel that fails, and gives zeros for a missing gradient', async () => {
    const inner = reference();
    const own = inner.fused?.lstm as NonNullable<FusedKernels['lstm']>;
    const attributes = {
      reverse: false,
      zeroOutputForMask: false,
      activation: 'tanh',
      recurrentActivation: 'sigmoid',
    } as const;
    const inputsOf = (backend: Backend): Record<'x' | 'kernel' | 'recurrentKernel', View> => ({
      x: backend.upload(new Float32Array(6).fill(1), [1, 2, 3]),
      kernel: backend.upload(new Float32Array(12).fill(1), [3, 4]),
      recurrentKernel: backend.upload(new Float32Array(4).fill(1), [1, 4]),
    });
    const run = (lstmKernel: typeof own): { read(): Promise<unknown>; readGradient(): Promise<unknown> } => {
      const backend = deferredBackend({ ...inner, fused: { lstm: lstmKernel } });
      const kernel = backend.fused?.lstm as typeof own;
      const { outputs, saved } = kernel.forward(inputsOf(backend), attributes, true);
      const gradients = kernel.backward(saved, { y: outputs.y }, new Set(['x']));
      kernel.release(saved);
      return { read: () => backend.read(outputs.h), readGradient: () => backend.read(gradients.x as View) };
    };
    const failing = run({
      ...own,
      forward() {
        throw new Error('out of memory');
      },
    });
    await expect(failing.read()).rejects.toThrow('[lstm] out of memory');
    await expect(failing.readGradient()).rejects.toThrow('[lstm] out of memory');
    const silent = run({ ...own, backward: () => ({}) });
    expect(await silent.readGradient()).toEqual(new Float32Array(6));
    const incomplete = run({
      ...own,
      forward(...call) {
        const { outputs, saved } = own.forward(...call);
        return { outputs: { y: outputs.y, h: outputs.h } as typeof outputs, saved };
      },
    });
    await expect(incomplete.read()).rejects.toThrow(
      '[lstm] a result is missing. A kernel gives all of its outputs. Return each of them.',
    );
  });

  it('runs fused kernels that core does not know at the call', async () => {
    const double = {
      forward: ({ x }: { readonly x: View }) => ({
        outputs: { y: inner.kernels.binary('add', x, x) },
        saved: undefined,
      }),
      backward: () => ({}),
      release() {},
    };
    const inner = reference();
    const backend = deferredBackend({ ...inner, fused: { double } as FusedKernels });
    const { outputs } = (backend.fused as { double: typeof double }).double.forward({ x: upload(backend, 3) });
    expect([...(await backend.read(outputs.y))]).toEqual([6]);
  });

  it('defers updates; a failed one poisons the parameters', async () => {
    const inner = reference();
    const attributes = {
      rule: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
      learningRate: 0.5,
      step: 1,
    } as const;
    const step = (fails: boolean): { norm: Tensor; parameter: Parameter } => {
      const backend = deferredBackend({
        ...inner,
        updates: {
          optimizerStep: {
            run({ gradients }) {
              if (fails) throw new Error('lost device');
              return inner.kernels.reduce('sum', gradients[0] as View, [0]);
            },
          },
        },
      });
      const parameter = new Parameter({ name: 'w', shape: [1], initialize: () => hostArray([1]), backend });
      const gradients = [tensor([2], { backend })];
      return { norm: optimizerStep({ parameters: [parameter], gradients, slots: [[]] }, attributes), parameter };
    };
    // The sum keeps its axis: a wrong backend, whose norm is no scalar.
    await expect(step(false).norm.data()).rejects.toThrow('[optimizerStep] the kernel gave float32 [1].');
    const failed = step(true);
    await expect(failed.norm.data()).rejects.toThrow('[optimizerStep] lost device');
    await expect(failed.parameter.value.data()).rejects.toThrow('[optimizerStep] lost device');
  });
});
