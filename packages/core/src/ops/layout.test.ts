import { describe, expect, it } from 'vitest';
import type { Backend, Kernels } from '../backend/types.ts';
import { tensor, zeros } from '../create.ts';
import { grad } from '../grad.ts';
import { memory } from '../memory.ts';
import { reference } from '../reference/index.ts';
import type { Tensor } from '../tensor.ts';
import { concat } from './concat.ts';
import { expand } from './expand.ts';
import { flip } from './flip.ts';
import { mul } from './mul.ts';
import { pad } from './pad.ts';
import { slice } from './slice.ts';
import { split } from './split.ts';
import { squeeze } from './squeeze.ts';
import { stack } from './stack.ts';
import { sum } from './sum.ts';
import { tile } from './tile.ts';
import { unstack } from './unstack.ts';

const backend = reference();
const { flip: _flip, ...required } = backend.kernels;
/** A backend that has only the kernels that every backend must have. */
const bare: Backend = { ...backend, kernels: required satisfies Kernels };

/** `[2, 3]` with 1 to 6. */
const matrix = (on: Backend = backend, requiresGrad = false): Tensor =>
  tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3], backend: on, requiresGrad });
const contents = (x: Tensor | undefined): unknown[] => [x?.shape, [...(x?.dataSync() ?? [])]];

describe('ops that move elements', () => {
  it('give a handle of their own where nothing moves', () => {
    const x = matrix();
    for (const y of [expand(x, [2, 3]), tile(x, [1, 1]), squeeze(x), slice(x, [0, 0], [2, 3])]) y.dispose();
    expect(x.disposed).toBe(false);
  });

  it.each<[string, () => Tensor, number[], number[]]>([
    ['slice takes a block', () => slice(matrix(), [0, 1], [2, 1]), [2, 1], [2, 5]],
    ['slice reaches to the end with -1', () => slice(matrix(), [1, 1], [-1, -1]), [1, 2], [5, 6]],
    [
      'concat joins rows',
      () => concat([matrix(), slice(matrix(), [1, 0], [1, 3])]),
      [3, 3],
      [1, 2, 3, 4, 5, 6, 4, 5, 6],
    ],
    [
      'concat joins columns',
      () => concat([matrix(), matrix()], { axis: -1 }),
      [2, 6],
      [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6],
    ],
    ['stack makes a first axis', () => stack(unstack(matrix())), [2, 3], [1, 2, 3, 4, 5, 6]],
    ['stack makes a last axis', () => stack(unstack(matrix()), { axis: -1 }), [3, 2], [1, 4, 2, 5, 3, 6]],
    ['squeeze drops every axis of length 1', () => squeeze(zeros([1, 2, 1], { backend })), [2], [0, 0]],
    ['squeeze drops the named axis', () => squeeze(zeros([1, 2, 1], { backend }), { axes: -1 }), [1, 2], [0, 0]],
    ['flip reverses all axes', () => flip(matrix()), [2, 3], [6, 5, 4, 3, 2, 1]],
    ['flip reverses one axis', () => flip(matrix(), { axes: 1 }), [2, 3], [3, 2, 1, 6, 5, 4]],
    ['flip needs no kernel', () => flip(matrix(bare), { axes: 1 }), [2, 3], [3, 2, 1, 6, 5, 4]],
    ['flip of nothing needs no kernel', () => flip(zeros([0, 3], { backend: bare })), [0, 3], []],
    ['pad adds a value', () => pad(tensor([1, 2], { backend }), [[1, 2]], { value: 9 }), [5], [9, 1, 2, 9, 9]],
    [
      'tile repeats copy after copy',
      () => tile(tensor([[1, 2]], { backend }), [2, 2]),
      [2, 4],
      [1, 2, 1, 2, 1, 2, 1, 2],
    ],
  ])('%s', (_, apply, shape, values) => {
    expect(contents(apply())).toEqual([shape, values]);
  });

  it('unstack and split give the parts in order', () => {
    expect(unstack(matrix(), { axis: 1 }).map(contents)).toEqual([
      [[2], [1, 4]],
      [[2], [2, 5]],
      [[2], [3, 6]],
    ]);
    expect(split(matrix(), [1, 0, 2], { axis: 1 }).map(contents)).toEqual([
      [
        [2, 1],
        [1, 4],
      ],
      [[2, 0], []],
      [
        [2, 2],
        [2, 3, 5, 6],
      ],
    ]);
    expect(split(matrix(), 3, { axis: -1 })).toHaveLength(3);
  });

  it('keep integers integers', () => {
    const x = tensor([1, 2], { dtype: 'int32', backend });
    for (const y of [concat([x, x]), stack([x, x]), pad(x, [[1, 0]]), tile(x, [2]), flip(x), slice(x, [0], [1])]) {
      expect(y.dtype).toBe('int32');
    }
  });

  it('leave nothing behind but their results', () => {
    const x = matrix();
    const before = memory().tensors;
    const results = [
      stack([x, x]),
      pad(x, [
        [1, 1],
        [1, 1],
      ]),
      tile(x, [2, 2]),
      flip(x),
      flip(x, { axes: 0 }),
    ];
    expect(memory().tensors - before).toBe(results.length);
  });

  it('keep the place of a slice when the list that told it changes', () => {
    const x = tensor([1, 2, 3, 4], { backend, requiresGrad: true });
    const begin = [0];
    const steps = [1, 2].map((weight, i) => {
      begin[0] = i;
      return mul(slice(x, begin, [1]), weight);
    });
    expect([...grad(sum(concat(steps)), [x])[0].dataSync()]).toEqual([1, 2, 0, 0]);
  });

  it('parts without a gradient count as zeros', () => {
    const x = matrix(backend, true);
    const [, second] = unstack(x, { axis: 1 });
    expect([...(grad(sum(second as Tensor), [x])[0]?.dataSync() ?? [])]).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('have gradients of gradients', () => {
    const x = matrix(backend, true);
    const moved = pad(concat([flip(x), stack(unstack(x))]), [
      [1, 0],
      [0, 1],
    ]);
    const [first] = grad(sum(mul(mul(moved, moved), moved)), [x], { createGraph: true });
    expect([...first.dataSync()]).toEqual([1, 2, 3, 4, 5, 6].map((value) => 2 * 3 * value ** 2));
    const [second] = grad(sum(first), [x]);
    expect([...second.dataSync()]).toEqual([1, 2, 3, 4, 5, 6].map((value) => 2 * 6 * value));
  });
});

describe('ops that move elements teach', () => {
  it.each<[string, () => unknown]>([
    ['slice outside', () => slice(matrix(), [0, 2], [2, 2])],
    ['slice of another rank', () => slice(matrix(), [0], [1])],
    ['concat of nothing', () => concat([])],
    ['concat of other lengths', () => concat([matrix(), tensor([[1, 2]], { backend })])],
    ['concat of two dtypes', () => concat([tensor([1], { backend }), tensor([1], { dtype: 'int32', backend })])],
    ['concat with an unknown option', () => concat([matrix()], { axes: 1 } as object)],
    ['stack of two shapes', () => stack([matrix(), tensor([1], { backend })])],
    ['unstack of a scalar', () => unstack(tensor(1, { backend }))],
    ['split into unequal parts', () => split(matrix(), 2, { axis: 1 })],
    ['split with other sizes', () => split(matrix(), [1, 1], { axis: 1 })],
    ['split into no parts', () => split(matrix(), 0)],
    ['squeeze of a longer axis', () => squeeze(matrix(), { axes: 1 })],
    ['flip along a missing axis', () => flip(matrix(), { axes: 2 })],
    ['pad with too few widths', () => pad(matrix(), [[1, 1]])],
    ['pad with one width', () => pad(tensor([1], { backend }), [[1]] as never)],
    ['pad with three widths', () => pad(tensor([1], { backend }), [[1, 2, 3]] as never)],
    ['pad with a width for all axes', () => pad(matrix(), 1 as never)],
    ['pad with a negative width', () => pad(tensor([1], { backend }), [[-1, 0]])],
    ['tile with too few repeats', () => tile(matrix(), [2])],
  ])('%s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});
