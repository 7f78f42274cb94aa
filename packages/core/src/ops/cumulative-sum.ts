import { assertTensor } from '../assert-tensor.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import { normalizeAxis } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import type { AxisOptions } from './concat.ts';
import { flip } from './flip.ts';
import { reshape } from './reshape.ts';
import { stack } from './stack.ts';
import { unstack } from './unstack.ts';

/**
 * Returns the running sum along `axis` (default the last), each element included.
 *
 * Gradient: the running sum of `dy` from the other end.
 *
 * @throws {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { cumulativeSum, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await cumulativeSum(tensor([1, 2, 3])).data()); // => Float32Array(3) [ 1, 3, 6 ]
 * ```
 */
export function cumulativeSum(x: Tensor, options: AxisOptions = {}): Tensor {
  assertTensor('cumulativeSum', 'x', x);
  checkOptions('cumulativeSum', options, ['axis']);
  const axis = normalizeAxis('cumulativeSum', options.axis ?? -1, x.rank);
  if (x.size === 0) return reshape(x, x.shape);
  const { cumulativeSum: kernel } = x.backend.kernels;
  // Kernels are for floating point; integers are rarely many.
  if (kernel === undefined || x.dtype === 'int32') return tidy(() => composition(x, axis));
  return op({
    name: 'cumulativeSum',
    inputs: [x],
    forward: (kernels, view) => kernel.call(kernels, view, axis),
    gradients: [(dy) => flip(cumulativeSum(flip(dy, { axes: axis }), { axis }), { axes: axis })],
  });
}

/** The op in ordinary ops, for a backend without the kernel. */
function composition(x: Tensor, axis: number): Tensor {
  const [first, ...rest] = unstack(x, { axis });
  const sums = [first as Tensor];
  for (const part of rest) sums.push(add(sums.at(-1) as Tensor, part));
  return stack(sums, { axis });
}
