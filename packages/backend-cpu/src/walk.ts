import { type Shape, sameShape, sizeOf, stridesOf, UnsupportedError } from '@lstm/core';

/** How to visit inputs that are broadcast together: axes of length 1 gone, neighbours that move alike merged. */
export interface Walk {
  readonly dims: number[];
  /** For each input its strides, 0 where it is repeated. */
  readonly strides: number[][];
}

// What native/kernels/table.h allows.
const maxRank = 8;

/**
 * Merges neighbouring axes that every input walks through without a gap.
 *
 * @param shape - of the result
 * @param strides - for each input, one for each axis of the result
 */
export function mergeAxes(shape: Shape, strides: readonly (readonly number[])[]): Walk {
  const dims = new Array<number>(shape.length);
  const merged = strides.map(() => new Array<number>(shape.length));
  let rank = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis] as number;
    if (length === 1) continue;
    const last = rank - 1;
    let joins = rank > 0;
    for (let i = 0; i < strides.length && joins; i++)
      joins = merged[i]?.[last] === (strides[i]?.[axis] as number) * length;
    const at = joins ? last : rank++;
    dims[at] = joins ? (dims[last] as number) * length : length;
    for (let i = 0; i < strides.length; i++) (merged[i] as number[])[at] = strides[i]?.[axis] as number;
  }
  for (const list of [dims, ...merged]) list.length = rank;
  if (dims.length === 0) return { dims: [sizeOf(shape)], strides: strides.map(() => [1]) };
  return { dims, strides: merged };
}

/**
 * The walk of an elementwise kernel over a result of `shape`.
 *
 * @throws {@link UnsupportedError} when more than eight axes are left after merging
 */
export function broadcastWalk(where: string, shape: Shape, inputs: readonly Shape[]): Walk {
  if (inputs.every((input) => sameShape(input, shape)))
    return { dims: [sizeOf(shape)], strides: inputs.map(() => [1]) };
  const strides = inputs.map((input) => {
    const own = stridesOf(input);
    const missing = shape.length - input.length;
    return shape.map((_, axis) =>
      axis < missing || input[axis - missing] === 1 ? 0 : (own[axis - missing] as number),
    );
  });
  const walk = mergeAxes(shape, strides);
  if (walk.dims.length <= maxRank) return walk;
  throw new UnsupportedError(
    where,
    `broadcasting needs ${walk.dims.length} axes.`,
    `The cpu backend broadcasts over at most ${maxRank} axes that cannot be merged.`,
    'Expand one of the inputs first.',
  );
}
