// What programs without types pass: a thing of another kind in the place of a list, a function, a tensor or what holds tensors.
import { beforeAll, expect, it } from 'vitest';
import {
  clipToGlobalNorm,
  concat,
  createScope,
  createSession,
  expand,
  globalNorm,
  grad,
  gru,
  gruCell,
  LstmError,
  linear,
  lstm,
  lstmCell,
  meanSquaredError,
  multiOp,
  noGrad,
  ones,
  op,
  Parameter,
  reshape,
  scan,
  simpleRnn,
  simpleRnnCell,
  slice,
  sparseCategoricalCrossentropy,
  split,
  stack,
  type Tensor,
  tidy,
  tile,
  transpose,
  useBackend,
  valueAndGrad,
} from './index.ts';
import { reference } from './reference/index.ts';

let x: Tensor;
let sequence: Tensor;
beforeAll(async () => {
  await useBackend(reference());
  x = ones([2, 3]);
  sequence = ones([2, 4, 3]);
});

const nothing = undefined as never;
const weights = () => ({ kernel: ones([3, 8]), recurrentKernel: ones([2, 8]) });

it.each<[string, () => unknown, string]>([
  ['tensors one by one', () => concat(x as never, x as never), '[concat] xs is a Tensor. xs is a list of tensors.'],
  ['no tensors', () => stack(nothing), '[stack] xs is undefined. xs is a list of tensors. Write [x, y].'],
  ['a list with a gap', () => stack([x, nothing]), '[stack] an input is undefined. Ops take tensors.'],
  ['one tensor for many', () => globalNorm(x as never), '[globalNorm] inputs is a Tensor.'],
  ['a norm of nothing', () => globalNorm([]), '[globalNorm] no input was given.'],
  ['gradients that are none', () => clipToGlobalNorm(x as never, 1), '[clipToGlobalNorm] gradients is a Tensor.'],
  ['a value for a function', () => tidy(x as never), '[tidy] body is a Tensor. body is a function. Write for example'],
  ['no function', () => noGrad(nothing), '[noGrad] body is undefined.'],
  ['a value in a scope', () => createScope().run(x as never), '[scope.run] body is a Tensor.'],
  ['one input of a gradient', () => grad(x, x as never), '[grad] inputs is a Tensor.'],
  ['no loss', () => grad(nothing, []), '[grad] loss is undefined.'],
  ['a loss for its function', () => valueAndGrad(x as never, [x]), '[valueAndGrad] body is a Tensor.'],
  ['no inputs', () => valueAndGrad((y) => y as never, nothing), '[valueAndGrad] inputs is undefined.'],
  ['steps in one tensor', () => scan(x as never, [], nothing), '[scan] inputs is a Tensor.'],
  ['no states', () => scan([x], nothing, nothing), '[scan] initial is undefined.'],
  ['no step', () => scan([x], [], nothing), '[scan] step is undefined.'],
  ['an op without inputs', () => op({ name: 'mine' } as never), '[mine] inputs is undefined.'],
  ['outputs without inputs', () => multiOp({ name: 'mine' } as never), '[mine] inputs is undefined.'],
  [
    'lengths one by one',
    () => reshape(x, 3 as never),
    '[reshape] shape is 3. shape is a list of numbers. Write [2, 3].',
  ],
  ['no shape', () => expand(x, nothing), '[expand] shape is undefined.'],
  ['a begin that is a number', () => slice(x, 0 as never, [1, 1]), '[slice] begin is 0.'],
  ['no size', () => slice(x, [0, 0], nothing), '[slice] size is undefined.'],
  ['no sizes', () => split(x, nothing), '[split] sizes is undefined.'],
  ['a number of repeats', () => tile(x, 2 as never), '[tile] repeats is 2.'],
  ['two axes', () => transpose(x, 1 as never), '[transpose] permutation is 1. permutation is a list of numbers.'],
  ['no weights', () => lstm(sequence, nothing), '[lstm] weights is undefined. It holds kernel, recurrentKernel, bias.'],
  ['weights without names', () => gru(sequence, x as never), '[gru] recurrentKernel is undefined.'],
  [
    'half of the weights',
    () => simpleRnn(sequence, { recurrentKernel: ones([2, 2]) } as never),
    '[simpleRnn] kernel is undefined.',
  ],
  ['a list for a mask', () => lstm(sequence, weights(), { mask: [[1]] as never }), '[lstm] mask is [[1]]. Ops take'],
  ['a list for a state', () => lstm(sequence, weights(), { h0: [[0, 0]] as never }), '[lstm] h0 is [[0, 0]].'],
  ['no state', () => lstmCell(x, nothing, weights()), '[lstmCell] state is undefined. It holds h, c. Write { h, c }.'],
  ['a cell without weights', () => gruCell(x, x, nothing), '[gruCell] weights is undefined.'],
  ['no weights of a simple cell', () => simpleRnnCell(x, x, nothing), '[simpleRnnCell] weights is undefined.'],
  ['no kernel', () => linear(x, nothing), '[linear] kernel is undefined.'],
  ['a list for a bias', () => linear(x, ones([3, 1]), [0] as never), '[linear] bias is [0].'],
  ['no target', () => meanSquaredError(x, nothing), '[meanSquaredError] target is undefined. Ops take tensors.'],
  [
    'no prediction',
    () => sparseCategoricalCrossentropy(nothing, x),
    '[sparseCategoricalCrossentropy] prediction is undefined.',
  ],
  ['a parameter without a shape', () => new Parameter({ name: 'w' } as never), '[Parameter] shape is undefined.'],
  [
    'a parameter without values',
    () => new Parameter({ name: 'w', shape: [1] } as never),
    '[Parameter] initialize is undefined.',
  ],
  ['no layers', () => createSession(nothing), '[session] the layers are undefined. They are a list of { kind, … }.'],
  ['one layer', () => createSession({ kind: 'lstm' } as never), '[session] the layers are an object with kind.'],
  ['a name for a layer', () => createSession(['lstm'] as never), '[session] the layers are ["lstm"].'],
])('%s is refused in words', (_, call, message) => {
  const refused = expect(call);
  refused.toThrow(LstmError);
  refused.toThrow(message);
});

it('an output gradient is a tensor', () => {
  const leaf = ones([2]);
  valueAndGrad(
    (y) => {
      expect(() => grad(y, [y], { outputGradient: [1, 1] as never })).toThrow('[grad] outputGradient is [1, 1].');
      return reshape(slice(y, [0], [1]), []);
    },
    [leaf],
  );
});

it('a mask of a walk is a tensor', () => {
  const step = (input: Tensor) => ({ output: input, states: [] });
  expect(() => scan([x], [], step, { mask: [[1]] as never })).toThrow('[scan] mask is [[1]].');
});
