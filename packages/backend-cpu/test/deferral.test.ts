import { type Backend, BackendError, layerNorm, OptionError, tensor, type View } from '@lstm/core';
import { describe, expect, it, vi } from 'vitest';
import { cpuInfo } from '../src/index.ts';
import { nativeBackend, recurrentAttributes } from './native.ts';

describe('deferred work', () => {
  it('an index out of range poisons the result and what depends on it, and nothing else', async () => {
    const backend = nativeBackend();
    const { kernels } = backend;
    const table = backend.upload(Float32Array.of(1, 2), [2, 1]);
    const bad = kernels.gather(table, backend.upload(Int32Array.of(0, 2), [2]));
    const after = kernels.unary('neg', bad);
    await expect(backend.read(after)).rejects.toThrow(
      new OptionError(
        'gather',
        'index 2 at flat position 1 is out of range. The table has 2 rows, so an index lies in [0, 1]. ' +
          'Enlarge the table, or map unknown tokens to one of its rows.',
      ),
    );
    expect(() => backend.readSync?.(bad)).toThrow(OptionError);
    backend.free(bad.handle);
    backend.free(after.handle);
    expect([...(await backend.read(table))]).toEqual([1, 2]);
    backend.dispose();
  });

  it('reads in call order, also synchronously and while reads are pending', async () => {
    const backend = nativeBackend();
    let x: View = backend.upload(new Float32Array(1000).fill(1), [1000]);
    const reads: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) {
      const next = backend.kernels.binary('add', x, x);
      reads.push(backend.read(next).then((values) => expect(values[999]).toBe(2 ** (i + 1))));
      backend.free(x.handle);
      x = next;
    }
    expect(backend.readSync?.(x)[0]).toBe(2 ** 50);
    expect(backend.pending?.ops).toBe(0);
    await Promise.all(reads);
    const into = new Float32Array(1000);
    expect(backend.readSync?.(x, into)).toBe(into);
    await backend.idle?.();
    backend.dispose();
  });

  it('reads and writes shared memory', async () => {
    const backend = nativeBackend();
    const shared = (): SharedArrayBuffer => new SharedArrayBuffer(16);
    const values = new Float32Array(shared(), 4);
    values.set([1, 2, 3]);
    const into = new Float32Array(shared(), 4);
    expect(backend.readSync?.(backend.upload(values, [3]), into)).toBe(into);
    expect([...into]).toEqual([1, 2, 3]);
    const integers = new Int32Array(shared());
    integers.set([4, 5, 6, 7]);
    expect([...(await backend.read(backend.upload(integers, [4])))]).toEqual([4, 5, 6, 7]);
    backend.dispose();
  });

  it.each([1, 100_000])('gives arrays of %i values that may go to another thread', async (length) => {
    const backend = nativeBackend();
    const values = await backend.read(backend.kernels.fill([length], 3, 'float32'));
    const moved = structuredClone(values, { transfer: [values.buffer as ArrayBuffer] });
    expect([values.length, moved.length, moved.at(-1)]).toEqual([0, length, 3]);
    backend.dispose();
  });

  it('begins without being asked for a result, and frees by itself', async () => {
    const backend = nativeBackend();
    const before = backend.pending?.bytes;
    const result = backend.kernels.fill([1000], 3, 'float32');
    await new Promise((resolve) => setTimeout(resolve, 0));
    await expect.poll(() => backend.pending?.ops).toBe(0);
    backend.free(result.handle);
    expect(backend.pending?.bytes).toBe(before);
    await expect(backend.read(result)).rejects.toThrow('freed');
    backend.dispose();
  });

  it('tells what is wrong with a call by the first use of its result, or of what was made from it', async () => {
    const backend = nativeBackend();
    const { kernels } = backend;
    const [two, three] = [backend.upload(Float32Array.of(1, 2), [2]), backend.upload(Float32Array.of(1, 2, 3), [3])];
    const sum = kernels.binary('add', two, { ...three, shape: [2] }); // core would have refused it
    const message = '[binary] the shapes do not fit the inputs.';
    await expect(backend.read(sum)).rejects.toThrow(message);
    expect(() => backend.readSync?.(kernels.unary('exp', sum))).toThrow(message);
    expect(() => kernels.concat([sum, two], 0)).toThrow(message);
    expect([...(await backend.read(two))]).toEqual([1, 2]);
    backend.dispose();
  });

  it('refuses freed tensors, wrong arrays and use after dispose', async () => {
    const backend = nativeBackend();
    const x = backend.upload(Float32Array.of(1), [1]);
    backend.free(x.handle);
    await expect(backend.read(backend.kernels.unary('exp', x))).rejects.toThrow(
      new BackendError('unary', 'the tensor was freed or never existed.'),
    );
    await expect(backend.read(x)).rejects.toThrow('[read] the tensor was freed or never existed.');
    const y = backend.upload(Float32Array.of(1), [1]);
    backend.free(x.handle); // once more: y has its place now, and keeps it
    expect(backend.readSync?.(y)[0]).toBe(1);
    expect(() => backend.readSync?.(y, new Float32Array(2))).toThrow('another length');
    expect(() => backend.upload(Float64Array.of(1), [1])).toThrow('The cpu backend computes in float32 and int32.');
    backend.dispose();
    expect(() => backend.kernels.fill([1], 0, 'float32')).toThrow('the backend was disposed.');
  });

  it('frees nothing after dispose, also what fused kernels saved', async () => {
    const backend = nativeBackend();
    const x = tensor([[1, 2, 4]], { backend, requiresGrad: true });
    const y = layerNorm(x);
    backend.dispose();
    y.dispose();
    x.dispose();
    expect(() => tensor([1], { backend })).toThrow('the backend was disposed.');
  });

  it('says at the first use that a tensor is too large', async () => {
    const backend = nativeBackend();
    const huge = backend.kernels.fill([70_000, 70_000], 0, 'float32');
    await expect(backend.read(huge)).rejects.toThrow('[fill] a tensor may hold at most 4294967295 elements.');
    backend.dispose();
  });

  it('teaches about options', () => {
    vi.stubEnv('LSTM_NUM_THREADS', 'abc');
    expect(() => cpuInfo()).toThrow('[cpu] LSTM_NUM_THREADS is "abc". LSTM_NUM_THREADS is an integer of at least 1.');
    vi.unstubAllEnvs();
    expect(() => nativeBackend({ threads: 0 })).toThrow(OptionError);
    expect(() => nativeBackend({ threads: 1000 })).toThrow(OptionError);
    expect(() => nativeBackend({ instructionSet: 'sse9' })).toThrow(
      '[cpu] instruction set "sse9" does not run here. This processor runs baseline',
    );
  });

  it('gives the same bits in every run with the same number of threads, and each time that gradients are asked for', async () => {
    const run = async (times: number): Promise<number[]> => {
      const backend = nativeBackend({ threads: 2 });
      const value = (n: number, f: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * f));
      const inputs = {
        x: backend.upload(value(32 * 20 * 40, 0.37), [32, 20, 40]),
        kernel: backend.upload(value(40 * 256, 0.71), [40, 256]),
        recurrentKernel: backend.upload(value(64 * 256, 0.53), [64, 256]),
      };
      const kernel = backend.fused?.lstm as NonNullable<NonNullable<Backend['fused']>['lstm']>;
      const { outputs, saved } = kernel.forward(inputs, recurrentAttributes, true);
      let result: number[] = [];
      for (let i = 0; i < times; i++) {
        const gradients = kernel.backward(saved, { y: outputs.y }, new Set(['kernel'])) as { kernel: View };
        result = [...(await backend.read(gradients.kernel))];
      }
      backend.dispose();
      return result;
    };
    const once = await run(1);
    expect(await run(1)).toEqual(once);
    expect(await run(3)).toEqual(once);
  });
});
