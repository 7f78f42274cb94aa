import { assertTensor } from '../assert-tensor.ts';
import { OptionError } from '../errors.ts';
import { checkNumbers, normalizeAxis } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Returns a copy whose axis `i` is axis `permutation[i]` of `x`; by default the last two axes are swapped.
 *
 * Gradient: `dx = transpose(dy)` by the inverse permutation.
 *
 * @throws {@link OptionError} when `permutation` does not name each axis once
 *
 * @example
 * ```ts
 * import { tensor, transpose, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await transpose(tensor([[1, 2, 3], [4, 5, 6]])).data()).join(' ')); // => 1 4 2 5 3 6
 * ```
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  assertTensor('transpose', 'x', x);
  if (permutation !== undefined) checkNumbers('transpose', 'permutation', permutation);
  const { rank } = x;
  const natural = Array.from({ length: rank }, (_, axis) => axis);
  const swapped = rank < 2 ? natural : [...natural.slice(0, -2), rank - 1, rank - 2];
  const order = (permutation ?? swapped).map((axis) => normalizeAxis('transpose', axis, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new OptionError(
      'transpose',
      `permutation is [${order.join(', ')}].`,
      `x has rank ${rank}, so a permutation names each of its axes once.`,
      `Write for example [${[...natural].reverse().join(', ')}].`,
    );
  }
  const inverse = natural.map((axis) => order.indexOf(axis));
  return op({
    name: 'transpose',
    inputs: [x],
    forward: (kernels, view) => kernels.transpose(view, order),
    gradients: [(dy) => transpose(dy, inverse)],
  });
}
