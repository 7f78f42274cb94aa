import { assertTensor } from '../assert-tensor.ts';
import { checkOptions } from '../options.ts';
import { normalizeAxis } from '../shape.ts';
import { multiOp } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import type { AxisOptions } from './concat.ts';
import { stack } from './stack.ts';

/**
 * Returns the parts of `x` along `axis` (default 0), which is dropped: one tensor per index.
 *
 * Gradient: one `stack` of all output gradients, so a loop over the steps of a sequence costs O(time), not O(time²).
 *
 * @throws {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { tensor, unstack, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const [first, second] = unstack(tensor([[1, 2], [3, 4]]));
 * console.log(await second?.data()); // => Float32Array(2) [ 3, 4 ]
 * console.log(first?.shape); // => [ 2 ]
 * ```
 */
export function unstack(x: Tensor, options: AxisOptions = {}): Tensor[] {
  checkOptions('unstack', options, ['axis']);
  assertTensor('unstack', 'x', x);
  const axis = normalizeAxis('unstack', options.axis ?? 0, x.rank);
  const { shape } = x;
  const part = shape.toSpliced(axis, 1);
  const begin = shape.map(() => 0);
  return multiOp({
    name: 'unstack',
    inputs: [x],
    forward: (kernels, view) =>
      Array.from({ length: shape[axis] as number }, (_, i) => ({
        ...kernels.slice(view, begin.with(axis, i), shape.with(axis, 1)),
        shape: part,
      })),
    gradients: [(dys) => stack(dys, { axis })],
  });
}
