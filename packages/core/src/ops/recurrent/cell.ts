import { assertFloat } from '../../assert-tensor.ts';
import { ShapeError } from '../../errors.ts';
import { formatShape, type Shape } from '../../shape.ts';
import { commonBackend } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add.ts';
import { matmul } from '../matmul.ts';
import { checkHolder, checkWeights, expectShape } from './inputs.ts';
import type { CellWeights } from './types.ts';

/** Throws unless input, states and weights of a single step fit. */
export function checkStep(
  where: string,
  gates: number,
  x: Tensor,
  states: Readonly<Record<string, Tensor>>,
  weights: CellWeights,
  biasShape?: (units: number) => Shape,
): void {
  assertFloat(where, 'input', x);
  if (x.rank !== 2) {
    throw new ShapeError(
      where,
      `input is ${formatShape(x.shape)}.`,
      'A cell takes one step: [batch, features].',
      'Take a step of a sequence with unstack(x, { axis: 1 }).',
    );
  }
  checkHolder(where, 'weights', weights, 'kernel, recurrentKernel, bias');
  const { kernel, recurrentKernel, bias } = weights;
  commonBackend(where, [x, ...Object.values(states), kernel, recurrentKernel, ...(bias === undefined ? [] : [bias])]);
  const units = checkWeights(where, weights, gates, x, biasShape);
  for (const [name, state] of Object.entries(states)) {
    expectShape(where, name, state, [x.shape[0] as number, units], '[batch, units]', x);
  }
}

/** Returns `x·kernel + bias`. */
export function project(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const product = matmul(x, kernel);
  return bias === undefined ? product : add(product, bias);
}
