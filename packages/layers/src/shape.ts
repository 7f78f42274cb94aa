/** Lengths of axes of which some are not known yet: `null`, for the batch and maybe the time. */
export type PartialShape = readonly (number | null)[];

/** Returns `[batch, 10, 1]`, with the names of unknown axes where they are usual. */
export function formatPartialShape(shape: PartialShape): string {
  const names = ['batch', 'time'];
  return `[${shape.map((length, axis) => length ?? names[axis] ?? 'any').join(', ')}]`;
}

/** Returns whether `shape` can be what `expected` says. */
export function fits(shape: PartialShape, expected: PartialShape): boolean {
  return (
    shape.length === expected.length &&
    shape.every((length, axis) => length === null || expected[axis] === null || length === expected[axis])
  );
}

/** Whether a shape is that of one sample of `expected`, whose first axis was taken for the batch. */
export function lacksBatch(shape: PartialShape | undefined, expected: PartialShape | undefined): boolean {
  if (shape === undefined || shape.length + 1 !== expected?.length) return false;
  return shape.slice(1).every((length, axis) => length === expected[axis + 2]);
}

/** What to do where a shape lacks the batch. */
export const addBatch = 'Add a batch axis: [x].';

/** Returns whether two lists hold the same shapes. */
export function sameShapes(a: readonly PartialShape[], b: readonly PartialShape[]): boolean {
  return (
    a.length === b.length &&
    a.every((shape, i) => {
      const other = b[i] as PartialShape;
      return shape.length === other.length && shape.every((length, axis) => length === other[axis]);
    })
  );
}
