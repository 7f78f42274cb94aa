// Integers: where their values are known, and what happens when indices are out of range.
import {
  add,
  argmax,
  cast,
  concat,
  gather,
  grad,
  mul,
  OptionError,
  reshape,
  scatterAdd,
  slice,
  softmaxCrossEntropy,
  sum,
  tensor,
  transpose,
} from '@lstm/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gpu } from '../src/index.ts';

let backend: Awaited<ReturnType<typeof gpu>>;
beforeAll(async () => {
  backend = await gpu({ mode: 'webasm' });
});
afterAll(() => backend.dispose());

const integers = (values: number[]) => tensor(values, { dtype: 'int32', backend });
const table = () =>
  tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { backend },
  );

it('refuses an index known here at the call', () => {
  expect(() => gather(table(), integers([0, 3]))).toThrow(OptionError);
  expect(() => gather(table(), integers([-1]))).toThrow('[gather] index -1 at flat position 0');
  const moved = slice(concat([integers([7, 0]), integers([1, 2])]), [2], [2]);
  expect(() => scatterAdd(reshape(moved, [2]), table(), 2)).toThrow('[scatterAdd]');
});

it('uses indices computed on the device, and rejects the next read of what an index out of range led to', async () => {
  const scores = tensor(
    [
      [0, 5, 1],
      [9, 0, 1],
    ],
    { backend },
  );
  const best = argmax(scores, { axis: 1 });
  expect([...(await gather(table(), best).data())]).toEqual([3, 4, 1, 2]);
  expect([...(await scatterAdd(best, tensor([[1], [2]], { backend }), 3).data())]).toEqual([2, 1, 0]);
  const beyond = mul(gather(tensor([[1, 2]], { backend }), best), 3);
  const sound = add(table(), 1);
  await expect(beyond.data()).rejects.toThrow('[gather] index 1 at flat position 0 of indices [2] is out of range.');
  await expect(beyond.data()).rejects.toThrow(OptionError);
  expect([...(await sound.data())]).toEqual([2, 3, 4, 5, 6, 7]);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, -(2 ** 40), -1, 1])(
  'survives the index %d computed on the device',
  async (index) => {
    const computed = cast(mul(tensor([index], { backend }), tensor([1], { backend })), 'int32');
    for (const width of [2, 4]) {
      const found = gather(tensor([Array.from({ length: width }, (_, i) => i)], { backend }), computed);
      await expect(found.data()).rejects.toThrow('[gather] index ');
    }
  },
);

it('rejects loss and gradient alike where a label computed on the device is out of range', async () => {
  const scores = tensor([[0, 1, 9]], { backend });
  const label = argmax(scores, { axis: 1 });
  const logits = tensor([[1, 2]], { backend, requiresGrad: true });
  const loss = softmaxCrossEntropy(logits, label);
  const [gradient] = grad(sum(loss), [logits], { retainGraph: true });
  await expect(loss.data()).rejects.toThrow('[softmaxCrossEntropy] index 2 at flat position 0');
  await expect(gradient?.data()).rejects.toThrow('[softmaxCrossEntropy] index 2 at flat position 0');
});

it('keeps integers exact on the host and refuses those that float32 would change', async () => {
  const large = integers([2 ** 30, 3, -(2 ** 30), 5]);
  const turned = transpose(reshape(large, [2, 2]));
  expect([...(await turned.data())]).toEqual([2 ** 30, -(2 ** 30), 3, 5]);
  expect([...(await add(large, large).data())]).toEqual([-(2 ** 31), 6, -(2 ** 31), 10]);
  expect(() => cast(large, 'float32')).toThrow('an int32 tensor holds 1073741824.');
  expect([...(await cast(integers([2 ** 24, -3]), 'float32').data())]).toEqual([2 ** 24, -3]);
});
