import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { getBackend, useBackend } from './backend/define.ts';
import type { Backend } from './backend/types.ts';
import { arange, full, ones, tensor, zeros } from './create.ts';
import type { DType } from './dtype.ts';
import { hostArray } from './host-array.ts';
import { debugMemory, memory } from './memory.ts';
import { add } from './ops/add.ts';
import { dropoutMask } from './ops/dropout.ts';
import { expand } from './ops/expand.ts';
import { reshape } from './ops/reshape.ts';
import { Parameter } from './parameter.ts';
import { reference } from './reference/index.ts';
import { Tensor } from './tensor.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('a tensor', () => {
  it('that no memory holds says how large it is and what to do', () => {
    expect(() => zeros([80_000, 320_000])).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: [tensor] 25,600,000,000 numbers of float32 cannot be held. They take 102.4 GB. Use smaller batches, shorter sequences or fewer units.]`,
    );
  });

  it('takes numbers, nested lists and typed arrays, and gives them back', async () => {
    expect(await tensor(3).array()).toBe(3);
    const nested = [
      [
        [1, 2],
        [3, 4],
      ],
    ];
    expect(await tensor(nested).array()).toEqual(nested);
    for (const data of [Float32Array.of(1, 2), Int32Array.of(1, 2), Float64Array.of(1, 2)]) {
      const x = tensor(data, { shape: [2, 1] });
      expect(await x.data()).toEqual(data);
      data[0] = 9;
      expect((await x.data())[0]).toBe(1);
    }
    expect(tensor([1.5], { dtype: 'float64' }).dtype).toBe('float64');
    expect(await tensor(new Float32Array(0), { shape: [2, 0] }).array()).toEqual([[], []]);
    expect([zeros([2]), ones([2], { dtype: 'int32' }), full([1], 7), arange(2, { start: 3 })].map(String)).toEqual([
      'tensor float32 [2]\n[0, 0]',
      'tensor int32 [2]\n[1, 1]',
      'tensor float32 [1]\n[7]',
      'tensor int32 [2]\n[3, 4]',
    ]);
  });

  it('takes nested lists of typed arrays, of the type of the first one', async () => {
    const rows = tensor([[Float64Array.of(1, 2)], [Float64Array.of(0.1, 4)]]);
    expect([rows.shape, await rows.data()]).toEqual([[2, 1, 2], Float64Array.of(1, 2, 0.1, 4)]);
    expect(await tensor([Int32Array.of(1, 2), [3, 4]]).data()).toEqual(Int32Array.of(1, 2, 3, 4));
    expect(await tensor([[1, 2], Int32Array.of(3, 4)]).data()).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await tensor([Int32Array.of(1), Int32Array.of(2)], { dtype: 'float32' }).data()).toEqual(
      Float32Array.of(1, 2),
    );
    expect(tensor([new Float32Array(0), new Float32Array(0)]).shape).toEqual([2, 0]);
  });

  it('keeps its shape when the list that told it changes', async () => {
    const [shape, data] = [[2, 3], new Float32Array(6)];
    const parameter = new Parameter({ name: 'w', shape, initialize: () => ({ data, shape }) });
    const key = { seed: 1, name: 'mask' };
    const made = [zeros(shape), tensor(data, { shape }), tensor({ data, shape }), reshape(zeros([6]), shape)];
    const all = [...made, expand(zeros([3]), shape), dropoutMask(shape, 0.5, key), hostArray(data, shape), parameter];
    shape[0] = 7;
    expect(all.map((each) => each.shape)).toEqual(all.map(() => [2, 3]));
  });

  it('prints so that a person can read it', () => {
    const rows = tensor([
      [1, -2.5, 1e-7],
      [Number.NaN, 1 / 3, 12345678],
    ]);
    expect(String(rows)).toMatchInlineSnapshot(`
      "tensor float32 [2, 3]
      [[       1,     -2.5,     1e-7],
       [     NaN,  0.33333, 12345678]]"
    `);
    for (const count of [-1, 2.5, Number.NaN, '3' as never]) expect(() => arange(count)).toThrow('[arange] count is');
    expect(String(arange(20))).toMatchInlineSnapshot(`
      "tensor int32 [20]
      [ 0,  1,  2, …, 17, 18, 19]"
    `);
    expect(String(zeros([2, 1, 2]))).toMatchInlineSnapshot(`
      "tensor float32 [2, 1, 2]
      [[[0, 0]],
       [[0, 0]]]"
    `);
    expect(String(tensor(0.1))).toMatchInlineSnapshot(`
      "tensor float32 []
      0.1"
    `);
    const { readSync: _, ...asynchronous } = reference();
    expect(String(zeros([2], { backend: { ...asynchronous, name: 'far' } }))).toBe('tensor float32 [2] on far');
    rows.dispose();
    expect(String(rows)).toBe('tensor float32 [2, 3] (disposed)');
    const inspect = (rows as unknown as Record<symbol, () => string>)[Symbol.for('nodejs.util.inspect.custom')];
    expect(inspect?.call(rows)).toBe(String(rows));
  });

  it('teaches what it does not take', async () => {
    const { readSync: _, ...asynchronous } = reference();
    const far = zeros([2], { backend: { ...asynchronous, name: 'far' } });
    const narrow: Backend = { ...reference(), name: 'narrow', dtypes: new Set(['float32', 'int32'] as const) };
    for (const call of [
      () => tensor([[1, 2], [3]]),
      () => tensor([[1], 2] as never),
      () => tensor(['12'] as never),
      () => tensor('12' as never),
      () => tensor([{ x: 1 }] as never),
      () => tensor([[1, null]] as never),
      () => tensor([1, 2, 3], { shape: [2] }),
      () => tensor([1], { shape: [-1] }),
      () => tensor([1], { dtype: 'float64', backend: narrow }),
      () => tensor([1], { dtype: 'int32', requiresGrad: true }),
      () => full([2], 1.9, { dtype: 'int32' }),
      () => far.dataSync(),
    ]) {
      expect(call).toThrowErrorMatchingSnapshot();
    }
    await expect(zeros([2]).item()).rejects.toThrowErrorMatchingSnapshot();
  });

  it.each<[string, unknown]>([
    ['rows of bytes', [Uint8Array.of(1, 2)]],
    ['typed rows of unequal lengths', [Float32Array.of(1, 2), Float32Array.of(3)]],
    ['a number among typed rows', [Float32Array.of(1, 2), 3]],
    [
      'a typed row in the place of a number',
      [
        [1, 2],
        [Float32Array.of(1, 2), 3],
      ],
    ],
    ['fractions after int32 rows', [Int32Array.of(1), Float32Array.of(0.5)]],
  ])('teaches about %s', (_, values) => {
    expect(() => tensor(values as never)).toThrowErrorMatchingSnapshot();
  });

  it('gives its memory back once, by hand or at the end of a block', () => {
    const before = memory();
    const x = tensor([1, 2, 3]);
    expect(memory().bytes - before.bytes).toBe(12);
    x.dispose();
    x.dispose();
    expect(x.disposed).toBe(true);
    tensor([1])[Symbol.dispose]();
    expect(memory()).toEqual(before);
  });
});

describe('memory', () => {
  it('counts by backend', () => {
    const other: Backend = { ...reference(), name: 'other' };
    const before = memory();
    const made = [zeros([4]), zeros([2, 2], { backend: other }), zeros([1], { backend: other })];
    const found = memory();
    expect(found.tensors - before.tensors).toBe(3);
    expect(found.backends['other']).toEqual({ storages: 2, bytes: 20 });
    for (const each of made) each.dispose();
    expect(memory()).toEqual(before);
    expect(memory().backends['other']).toBeUndefined();
  });

  it('tells in debug mode where survivors were made, and errors where a disposed tensor was', () => {
    debugMemory(true);
    try {
      const forgotten = zeros([2]);
      const gone = zeros([3]);
      gone.dispose();
      const survivors = memory().survivors ?? [];
      expect(survivors.map(({ tensor: each }) => each)).toEqual([forgotten]);
      expect(survivors[0]?.createdAt).toContain('tensor.test.ts');
      expect(() => add(gone, 1)).toThrow(
        /^\[add\] tensor float32 \[3\] was disposed\..*It was made .*tensor\.test\.ts/s,
      );
      forgotten.dispose();
    } finally {
      debugMemory(false);
    }
    expect(memory().survivors).toBeUndefined();
  });
});

it('typed arrays of another realm count, as test runners have them', async () => {
  const foreign = runInNewContext('[new Float32Array([1.5]), new Int32Array([3]), new Float64Array([4])]');
  const dtypes = ['float32', 'int32', 'float64'];
  for (const [i, values] of foreign.entries()) {
    expect(values instanceof Float32Array || values instanceof Int32Array || values instanceof Float64Array).toBe(
      false,
    );
    expect(hostArray(values).shape).toEqual([1]);
    expect(tensor(values).dtype).toBe(dtypes[i]);
    expect(await tensor([values, values]).data()).toEqual(
      await tensor([[...values], [...values]], { dtype: dtypes[i] as DType }).data(),
    );
  }
  expect(() => tensor(runInNewContext('new Uint8Array(1)'))).toThrow('[tensor] the values are a Uint8Array of 1.');
});

describe('a host array', () => {
  const mask = hostArray([[1, 1, 0]]);
  const masked = { ...hostArray([[4, 5, 6]]), mask };
  it('keeps its mask where its shape begins with that of the mask', () => {
    expect(hostArray(masked)).toEqual(masked);
    expect(hostArray(masked, [1, 3, 1])).toEqual({ data: masked.data, shape: [1, 3, 1], mask });
    expect(Object.keys(hostArray(masked, [3, 1]))).toEqual(['data', 'shape']);
    expect(Object.keys(hostArray(masked.data, masked.shape))).toEqual(['data', 'shape']);
  });
  it('has a host array for a mask', () => {
    expect(() => hostArray({ ...masked, mask: [[1, 1, 0]] } as never)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [hostArray] mask is [[1, 1, 0]]. The mask of { data, shape, mask } is { data, shape } itself, 1 for steps and 0 for padding. Make it with hostArray(mask).]`,
    );
  });
});

describe('backends', () => {
  it('become the default one, also when they come later', async () => {
    const first = getBackend();
    const later: Backend = { ...reference(), name: 'later' };
    expect(await useBackend(Promise.resolve(later))).toBe(later);
    expect(zeros([1]).backend).toBe(later);
    await useBackend(first);
    expect(zeros([1])).toBeInstanceOf(Tensor);
  });

  it('are refused when they speak another version or lack a data type', async () => {
    await expect(useBackend({ ...reference(), apiVersion: 2 as 1 })).rejects.toThrowErrorMatchingSnapshot();
    const poor: Backend = { ...reference(), dtypes: new Set(['float32'] as const) };
    await expect(useBackend(poor)).rejects.toThrowErrorMatchingSnapshot();
  });
});
