// Core runs in a browser as it does in Node: no module of Node, the same numbers.
import { expect, it } from 'vitest';
import { add, grad, matmul, mul, Parameter, sum, tensor, tidy, useBackend } from '../src/index.ts';
import { reference } from '../src/reference/index.ts';

it('trains y = 3x − 1 by gradient descent', async () => {
  await useBackend(reference());
  const weight = new Parameter({
    name: 'weight',
    shape: [1, 1],
    initialize: () => ({ data: Float32Array.of(0), shape: [1, 1] }),
  });
  const bias = new Parameter({
    name: 'bias',
    shape: [1],
    initialize: () => ({ data: Float32Array.of(0), shape: [1] }),
  });
  const x = tensor([[-1], [0], [1], [2]]);
  const negativeTargets = tensor([[4], [1], [-2], [-5]]);
  const rate = tensor(-0.05);
  for (let step = 0; step < 200; step++) {
    tidy(() => {
      const error = add(add(matmul(x, weight.value), bias.value), negativeTargets);
      const [weightGradient, biasGradient] = grad(sum(mul(error, error)), [weight.value, bias.value]);
      weight.assign(add(weight.value, mul(rate, weightGradient)));
      bias.assign(add(bias.value, mul(rate, biasGradient)));
    });
  }
  expect((await weight.value.data())[0]).toBeCloseTo(3, 4);
  expect((await bias.value.data())[0]).toBeCloseTo(-1, 4);
});
