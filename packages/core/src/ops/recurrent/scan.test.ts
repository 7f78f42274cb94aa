import { expect, it } from 'vitest';
import { tensor, zeros } from '../../create.ts';
import { reference } from '../../reference/index.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add.ts';
import { unstack } from '../unstack.ts';
import { scan } from './scan.ts';

const backend = reference();

it('a mask holds a number for each step of each sequence', () => {
  const inputs = unstack(tensor([[[1], [2], [4]]], { backend }), { axis: 1 });
  const sums = (mask: number[][]): number[] => {
    const initial = [zeros([1, 1], { backend })];
    const step = (input: Tensor, [total]: readonly Tensor[]) => {
      const output = add(input, total as Tensor);
      return { output, states: [output] };
    };
    return [...scan(inputs, initial, step, { mask: tensor(mask, { backend }) }).y.dataSync()];
  };
  expect(sums([[1, 0, 1]])).toEqual([1, 1, 5]);
  expect(() => sums([[1, 0]])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: [scan] mask is [1, 2]. A mask is 0/1 [batch, time] = [1, 3]. Check mask.]`,
  );
  expect(() => sums([[1, 0, 1, 1]])).toThrow('mask is [1, 4].');
  expect(() =>
    sums([
      [1, 0, 1],
      [1, 1, 1],
    ]),
  ).toThrow('mask is [2, 3].');
});
