import { assertTensor, assertTensors } from '../../assert-tensor.ts';
import { zeros } from '../../create.ts';
import { OptionError, ShapeError } from '../../errors.ts';
import { checkFunction, checkOptions } from '../../options.ts';
import { formatShape, sameShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { reshape } from '../reshape.ts';
import { stack } from '../stack.ts';
import { unstack } from '../unstack.ts';
import { where } from '../where.ts';

/** How {@link scan} goes through time. */
export interface ScanOptions {
  /**
   * 0/1 `[batch, time]` of any pattern in the dtype of the states: a 0 carries the states over the step. The step is computed and not
   * chosen, so where gradients are asked for its input is finite; recurrent ops and layers set it to 0 once for the whole sequence.
   */
  readonly mask?: Tensor | undefined;
  /** From the last step to the first; outputs stay at their own time positions. Default false. */
  readonly reverse?: boolean | undefined;
  /** Outputs of masked steps are 0; by default they repeat the output of the step walked before, 0 before the first. */
  readonly zeroOutputForMask?: boolean | undefined;
}

/**
 * Walks a sequence with any cell: the definition of masks, order and outputs that every recurrent op shares. Costs O(time).
 *
 * @param inputs - one tensor per time step
 * @param initial - states before the first step, each `[batch, …]`
 * @param step - from the input and the states of a step to its output and the next states
 * @returns outputs `[batch, time, …]` at their own time positions, and the final states
 * @throws {@link OptionError} when there is no step or an option is unknown, {@link ShapeError} when the mask has other steps or
 *   sequences than the inputs
 *
 * @example
 * ```ts
 * import { add, scan, tensor, unstack, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([[[1], [2], [3]]]);
 * const { y } = scan(unstack(x, { axis: 1 }), [zeros([1, 1])], (input, [total]) => {
 *   const next = add(input, total ?? 0);
 *   return { output: next, states: [next] };
 * });
 * console.log(await y.data()); // => Float32Array(3) [ 1, 3, 6 ]
 * ```
 */
export function scan(
  inputs: readonly Tensor[],
  initial: readonly Tensor[],
  step: (input: Tensor, states: readonly Tensor[]) => { readonly output: Tensor; readonly states: readonly Tensor[] },
  options: ScanOptions = {},
): { y: Tensor; states: readonly Tensor[] } {
  checkOptions('scan', options, ['mask', 'reverse', 'zeroOutputForMask']);
  assertTensors('scan', 'inputs', inputs);
  assertTensors('scan', 'initial', initial);
  checkFunction('scan', 'step', step);
  if (inputs.length === 0) {
    throw new OptionError('scan', 'there are no inputs.', 'A sequence has at least one step.', 'Check the sequence.');
  }
  const { mask, reverse, zeroOutputForMask } = options;
  const shape = [(inputs[0] as Tensor).shape[0] as number, inputs.length];
  if (mask !== undefined) assertTensor('scan', 'mask', mask);
  if (mask !== undefined && !sameShape(mask.shape, shape)) {
    const rule = `A mask is 0/1 [batch, time] = ${formatShape(shape)}.`;
    throw new ShapeError('scan', `mask is ${formatShape(mask.shape)}.`, rule, 'Check mask.');
  }
  const masks = mask && unstack(mask, { axis: 1 });
  const order = inputs.map((_, t) => (reverse ? inputs.length - 1 - t : t));
  const outputs: Tensor[] = [];
  let states = initial;
  let nothing: Tensor | undefined;
  let previous: Tensor | undefined;
  for (const t of order) {
    const next = step(inputs[t] as Tensor, states);
    const valid = masks?.[t];
    if (valid === undefined) {
      states = next.states;
      outputs[t] = next.output;
    } else {
      const { shape, dtype, backend } = next.output;
      nothing ??= zeros(shape, { dtype, backend });
      const column = (rank: number): Tensor => reshape(valid, [...valid.shape, ...Array<number>(rank - 1).fill(1)]);
      // A choice, never a product: what a masked step computed may be anything.
      const output = where(column(shape.length), next.output, zeroOutputForMask ? nothing : (previous ?? nothing));
      states = next.states.map((after, i) => where(column(after.rank), after, states[i] as Tensor));
      previous = output;
      outputs[t] = output;
    }
  }
  return { y: stack(outputs, { axis: 1 }), states };
}
