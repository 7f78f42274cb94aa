// The program that `pnpm pack:check` runs against the installed packages, in Node and from a bundle:
// trains y = 3x − 1 by gradient descent and predicts.
import { add, grad, matmul, mul, Parameter, sum, tensor, tidy, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';

await useBackend(reference());
const zeros = (...shape) => ({ shape, initialize: () => ({ data: new Float32Array(1), shape }) });
const weight = new Parameter({ name: 'weight', ...zeros(1, 1) });
const bias = new Parameter({ name: 'bias', ...zeros(1) });
const predict = (x) => add(matmul(x, weight.value), bias.value);

const x = tensor([[-1], [0], [1], [2]]);
const negativeTargets = tensor([[4], [1], [-2], [-5]]);
const rate = tensor(-0.05);
for (let step = 0; step < 200; step++) {
  tidy(() => {
    const error = add(predict(x), negativeTargets);
    const gradients = grad(sum(mul(error, error)), [weight.value, bias.value]);
    weight.assign(add(weight.value, mul(rate, gradients[0])));
    bias.assign(add(bias.value, mul(rate, gradients[1])));
  });
}
const prediction = (await predict(tensor([[10]])).data())[0];
if (!(Math.abs(prediction - 29) < 0.01)) throw new Error(`trained y = 3x - 1, yet predicted ${prediction} for x = 10`);
