import { checkChoice, type HostArray, hostArray } from '@lstm/core';
import type { Sequences } from './sequences.ts';

/** What the values of a window are counted from. */
export type RelativeTo = 'none' | 'lastValue' | 'windowMean';

/** Every way to count the values of a window. */
export const relativeToChoices: readonly RelativeTo[] = ['none', 'lastValue', 'windowMean'];

/** Windows whose target column is counted from a reference of their own. */
export interface RelativeSequences extends Sequences {
  /** The reference of each window `[windows]`. */
  readonly references: Float64Array;
}

function referenceOf(x: HostArray, window: number, column: number, relativeTo: RelativeTo): number {
  const [, time = 0, columns = 1] = x.shape;
  const at = (step: number): number => x.data[(window * time + step) * columns + column] as number;
  if (relativeTo === 'none') return 0;
  if (relativeTo === 'lastValue') return at(time - 1);
  let total = 0;
  for (let step = 0; step < time; step++) total += at(step);
  return total / time;
}

/**
 * Returns windows and targets with `column` counted from each window's last value or mean, so that a network sees shapes, not
 * levels: a rising series leaves the range that it was trained on, its windows do not. The inverse adds the references again.
 *
 * @param sequences - windows, with one target column
 * @param column - the target column among those of the windows. Default 0
 *
 * @example
 * ```ts
 * import { createSequences, fromReferences, toReferences } from '@lstm/data';
 *
 * const relative = toReferences(createSequences([10, 11, 13, 16], 2), 'lastValue');
 * console.log(relative.y.data); // => Float64Array(2) [ 2, 3 ]
 * console.log(fromReferences(relative.y, relative.references).data); // => Float64Array(2) [ 13, 16 ]
 * ```
 */
export function toReferences({ x, y }: Sequences, relativeTo: RelativeTo, column = 0): RelativeSequences {
  checkChoice('toReferences', 'relativeTo', relativeTo, relativeToChoices);
  const [count = 0, time = 0, columns = 1] = x.shape;
  const horizon = y.data.length / Math.max(count, 1);
  const references = Float64Array.from({ length: count }, (_, i) => referenceOf(x, i, column, relativeTo));
  const inputs = Float64Array.from(x.data, (value, i) =>
    i % columns === column ? value - (references[Math.floor(i / (time * columns))] as number) : value,
  );
  const targets = Float64Array.from(y.data, (value, i) => value - (references[Math.floor(i / horizon)] as number));
  return { x: hostArray(inputs, x.shape), y: hostArray(targets, y.shape), references };
}

/** Returns predictions `[windows, horizon]` with the references of their windows added again: the inverse of {@link toReferences}. */
export function fromReferences(y: HostArray, references: Float64Array): HostArray<Float64Array> {
  const horizon = y.data.length / Math.max(references.length, 1);
  return {
    data: Float64Array.from(y.data, (value, i) => value + (references[Math.floor(i / horizon)] as number)),
    shape: y.shape,
  };
}
