import { zeros } from '../../create.ts';
import type { Tensor } from '../../tensor.ts';
import { mul } from '../mul.ts';
import { reshape } from '../reshape.ts';
import { unstack } from '../unstack.ts';
import { where } from '../where.ts';
import { project } from './cell.ts';
import { scan } from './scan.ts';

/** Tensors of a whole sequence; `B` batch, `T` time, `I` input, `U` units, `G` gates. */
export interface Sequence {
  /** `[B, T, I]` */
  readonly x: Tensor;
  /** `[I, G·U]` */
  readonly kernel: Tensor;
  /** `[G·U]` */
  readonly bias?: Tensor | undefined;
  /** 0/1 `[B, T]` */
  readonly mask?: Tensor | undefined;
  /** `[B, I]` */
  readonly dropoutMask?: Tensor | undefined;
  readonly reverse: boolean;
  readonly zeroOutputForMask: boolean;
}

/** Returns `x·kernel + bias` for every step, `T` tensors `[B, G·U]`; masked inputs count as zeros, whatever they hold. */
function projections({ x, kernel, bias, mask, dropoutMask }: Sequence): Tensor[] {
  const [batch, time, features] = x.shape as readonly [number, number, number];
  const valid = mask === undefined ? x : where(reshape(mask, [batch, time, 1]), x, 0);
  const kept = dropoutMask === undefined ? valid : mul(valid, reshape(dropoutMask, [batch, 1, features]));
  return unstack(project(kept, kernel, bias), { axis: 1 });
}

/**
 * Walks a sequence with a cell whose input product is taken for all steps at once.
 *
 * @param initial - states `[B, units]`, the output first; absent ones are zeros
 * @param step - from the projected input and the states of a step to the next states
 */
export function walk(
  sequence: Sequence,
  units: number,
  initial: readonly (Tensor | undefined)[],
  step: (projected: Tensor, states: readonly Tensor[]) => readonly Tensor[],
): { y: Tensor; states: readonly Tensor[] } {
  const { x, mask, reverse, zeroOutputForMask } = sequence;
  const zero = (): Tensor => zeros([x.shape[0] as number, units], { dtype: x.dtype, backend: x.backend });
  return scan(
    projections(sequence),
    initial.map((state) => state ?? zero()),
    (projected, states) => {
      const next = step(projected, states);
      return { output: next[0] as Tensor, states: next };
    },
    { mask, reverse, zeroOutputForMask },
  );
}
