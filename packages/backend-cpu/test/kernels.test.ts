import type { BinaryKind, Kernels, Shape, UnaryKind, View } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { binaryKinds, unaryKinds } from '../src/native.ts';
import { expectClose, instructionSets, nativeBackend, numbers } from './native.ts';

const exact = reference();

describe.each(instructionSets())('%s: required kernels give what the reference gives', (instructionSet) => {
  const backend = nativeBackend({ instructionSet, threads: 2 });
  const random = numbers(3);

  /** Runs a kernel on both backends with the same inputs. */
  async function compare(
    what: string,
    shapes: readonly Shape[],
    run: (kernels: Kernels, inputs: View[]) => View,
    value: (i: number) => number = () => 4 * random() - 2,
    tolerance = 1e-5,
  ): Promise<void> {
    const data = shapes.map((shape, i) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => value(i)),
    );
    const results = [backend, exact].map((one) =>
      run(
        one.kernels as Kernels,
        data.map((values, i) => one.upload(values, shapes[i] as Shape)),
      ),
    );
    const [mine, theirs] = results as [View, View];
    expect(mine.shape, what).toEqual(theirs.shape);
    expect(mine.dtype, what).toBe(theirs.dtype);
    expectClose(await backend.read(mine), await exact.read(theirs), tolerance, tolerance, what);
  }

  it('unary', async () => {
    for (const kind of unaryKinds as readonly UnaryKind[]) {
      const positive = kind === 'log' || kind === 'sqrt' || kind === 'log1p';
      await compare(
        kind,
        [[3, 41]],
        (k, [x]) => k.unary(kind, x as View),
        () => (positive ? 0.01 + 5 * random() : 8 * random() - 4),
      );
      await compare(`${kind} of nothing`, [[0, 3]], (k, [x]) => k.unary(kind, x as View));
    }
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1];
    for (const kind of unaryKinds as readonly UnaryKind[]) {
      let i = 0;
      await compare(
        `${kind} of special values`,
        [[7]],
        (k, [x]) => k.unary(kind, x as View),
        () => special[i++] as number,
      );
    }
  });

  it('binary with broadcasting', async () => {
    const pairs: [Shape, Shape][] = [
      [
        [5, 7],
        [5, 7],
      ],
      [[5, 7], [7]],
      [
        [5, 7],
        [5, 1],
      ],
      [[1], [3, 17]],
      [[], [4]],
      [
        [2, 1, 3, 1],
        [4, 1, 5],
      ],
      [
        [2, 3, 4, 33],
        [1, 3, 1, 33],
      ],
      [
        [0, 4],
        [1, 4],
      ],
      [[200, 300], [300]],
    ];
    for (const kind of binaryKinds as readonly BinaryKind[])
      for (const shapes of pairs)
        await compare(
          `${kind} ${JSON.stringify(shapes)}`,
          shapes,
          (k, [a, b]) => k.binary(kind, a as View, b as View),
          (i) =>
            kind === 'pow' && i === 0 ? 0.1 + random() : kind === 'equal' ? Math.round(2 * random()) : 4 * random() - 2,
        );
    for (const kind of ['max', 'min', 'add', 'less'] as const) {
      const values = [Number.NaN, 1, Number.POSITIVE_INFINITY, 0];
      let i = 0;
      await compare(
        `${kind} with NaN`,
        [[4, 1], [4]],
        (k, [a, b]) => k.binary(kind, a as View, b as View),
        () => values[i++ % 4] as number,
      );
    }
  });

  it('select, also past a NaN that is not chosen', async () => {
    await compare(
      'select',
      [[3, 1], [3, 5], [5]],
      (k, [c, a, b]) => k.select(c as View, a as View, b as View),
      (i) => (i === 0 ? Math.round(random()) : random()),
    );
    const chosen = backend.kernels.select(
      backend.upload(Float32Array.of(0, 1), [2]),
      backend.upload(Float32Array.of(Number.NaN, 2), [2]),
      backend.upload(Float32Array.of(1, Number.NaN), [2]),
    );
    expect([...(await backend.read(chosen))]).toEqual([1, 2]);
  });

  it('reduce', async () => {
    const axes: [Shape, number[]][] = [
      [[4, 5, 6], []],
      [[4, 5, 6], [0]],
      [[4, 5, 6], [1]],
      [[4, 5, 6], [2]],
      [
        [4, 5, 6],
        [0, 2],
      ],
      [
        [4, 5, 6],
        [1, 2],
      ],
      [
        [4, 5, 6],
        [0, 1, 2],
      ],
      [[3, 0], [1]],
      [[], []],
      [[2, 3000], [1]],
      [[3000, 37], [0]],
    ];
    for (const [shape, list] of axes) {
      for (const kind of ['sum', 'max'] as const) {
        if (kind === 'max' && shape.includes(0)) continue;
        await compare(
          `${kind} ${JSON.stringify([shape, list])}`,
          [shape],
          (k, [x]) => k.reduce(kind, x as View, list),
          undefined,
          1e-4,
        );
      }
      if (list.length === 1 && !shape.includes(0)) {
        await compare(`argmax ${JSON.stringify([shape, list])}`, [shape], (k, [x]) =>
          k.reduce('argmax', x as View, list),
        );
      }
    }
  });

  it('matmul', async () => {
    for (const [m, n, k] of [
      [1, 1, 1],
      [3, 5, 7],
      [17, 33, 65],
      [64, 70, 130],
      [2, 3, 0],
    ] as const) {
      for (const transposeA of [false, true])
        for (const transposeB of [false, true])
          for (const batch of [[], [2], [2, 3]]) {
            const a = [...batch, ...(transposeA ? [k, m] : [m, k])];
            const b = [...batch, ...(transposeB ? [n, k] : [k, n])];
            await compare(
              'matmul',
              [a, b],
              (kernels, [x, y]) => kernels.matmul(x as View, y as View, { transposeA, transposeB }),
              undefined,
              1e-4,
            );
          }
    }
  });

  it('transpose, slice, concat, flip, cumulativeSum, cast', async () => {
    await compare('transpose', [[5, 7]], (k, [x]) => k.transpose(x as View, [1, 0]));
    await compare('transpose', [[40, 70]], (k, [x]) => k.transpose(x as View, [1, 0]));
    await compare('transpose', [[2, 3, 4, 5]], (k, [x]) => k.transpose(x as View, [3, 1, 0, 2]));
    await compare('transpose', [[2, 3, 4]], (k, [x]) => k.transpose(x as View, [0, 1, 2]));
    await compare('transpose of nothing', [[0, 3]], (k, [x]) => k.transpose(x as View, [1, 0]));
    await compare('slice', [[4, 5, 6]], (k, [x]) => k.slice(x as View, [1, 0, 2], [2, 5, 3]));
    await compare('slice of nothing', [[4, 5]], (k, [x]) => k.slice(x as View, [4, 0], [0, 5]));
    for (const axis of [0, 1, 2]) {
      const other = [2, 3, 4].with(axis, 5);
      await compare('concat', [[2, 3, 4], other, [2, 3, 4]], (k, xs) => k.concat(xs, axis));
      await compare('flip', [[2, 3, 4]], (k, [x]) => k.flip?.(x as View, [axis]) as View);
      await compare('cumulativeSum', [[2, 3, 4]], (k, [x]) => k.cumulativeSum?.(x as View, axis) as View);
    }
    await compare(
      'cast',
      [[9]],
      (k, [x]) => k.cast(x as View, 'int32'),
      () => 2e9 * random() - 1e9,
    );
    await compare(
      'int32 arithmetic',
      [[9], [9]],
      (k, [a, b]) => k.binary('mul', k.cast(a as View, 'int32'), k.unary('neg', k.cast(b as View, 'int32'))),
      () => 100 * random(),
    );
    await compare('fill', [], (k) => k.fill([2, 3], 0.5, 'float32'));
    await compare('fill', [], (k) => k.fill([3], -3, 'int32'));
  });

  it('gather and scatterAdd', async () => {
    for (const one of [backend, exact]) {
      const k = one.kernels as Kernels;
      const indices = one.upload(Int32Array.of(2, 0, 2, 1), [2, 2]);
      const rows = k.gather(one.upload(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]), indices);
      expect(rows.shape).toEqual([2, 2, 2]);
      expect([...(await one.read(rows))]).toEqual([5, 6, 1, 2, 5, 6, 3, 4]);
      expect([...(await one.read(k.scatterAdd(indices, rows, 4)))]).toEqual([1, 2, 3, 4, 10, 12, 0, 0]);
    }
  });
});

it('the sign of a denormal number is the 0 that it counts as', async () => {
  const backend = nativeBackend({ threads: 1 });
  const sign = backend.kernels.unary('sign', backend.upload(Float32Array.of(1e-40, -1e-40, 2, -2, Number.NaN), [5]));
  expect(await backend.read(sign)).toEqual(Float32Array.of(0, -0, 1, -1, Number.NaN));
});
