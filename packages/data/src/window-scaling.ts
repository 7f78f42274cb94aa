import { checkChoice, DataError, describeValue, type HostArray, isHostArray, OptionError } from '@lstm/core';
import type { Sequences } from './sequences.ts';

/** What the values of a window are counted from. */
export type RelativeTo = 'none' | 'lastValue' | 'windowMean';

/** Every way to count the values of a window. */
export const relativeToChoices: readonly RelativeTo[] = ['none', 'lastValue', 'windowMean'];

/** Windows whose target column is counted from a reference of their own. */
export interface RelativeSequences extends Sequences {
  readonly x: HostArray<Float64Array>;
  readonly y: HostArray<Float64Array>;
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

/** Returns the target column. */
function checkWindows({ x, y }: Sequences, given: number | undefined): number {
  const column = given ?? 0;
  const shapes = `x is [${x.shape.join(', ')}], y [${y.shape.join(', ')}].`;
  if (x.shape.length !== 3 || y.shape.length !== 2 || x.shape[0] !== y.shape[0] || x.shape[1] === 0) {
    throw new DataError(
      'toReferences',
      shapes,
      'x is [windows, window, columns], y [windows, horizon] of one target column.',
      `Choose one target: createSequences(series, window, { targets: [${column}] }).`,
    );
  }
  if (given === undefined && x.shape[2]! > 1) {
    throw new OptionError(
      'toReferences',
      `windows have ${x.shape[2]} columns, and column is not given.`,
      'Targets are counted from their own column.',
      "Name it: toReferences(sequences, 'lastValue', 0).",
    );
  }
  if (Number.isInteger(column) && column >= 0 && column < x.shape[2]!) return column;
  throw new OptionError(
    'toReferences',
    `column is ${column}.`,
    `Windows have the columns 0 to ${x.shape[2]! - 1}.`,
    'Name the target column.',
  );
}

/**
 * Returns windows and targets with `column` counted from each window's last value or mean, so that a network sees shapes, not
 * levels: a rising series leaves the range that it was trained on, its windows do not. The inverse adds the references again.
 *
 * @param sequences - windows, with one target column
 * @param column - the target column among those of the windows; a must where they have more than one
 * @throws DataError when there are several target columns, OptionError for an unknown choice or column, or none of several
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
export function toReferences(sequences: Sequences, relativeTo: RelativeTo, column?: number): RelativeSequences {
  const { x, y } = Object(sequences) as Sequences;
  if (!isHostArray(x) || !isHostArray(y)) {
    const fact = `the windows are ${describeValue(sequences)}.`;
    throw new DataError(
      'toReferences',
      fact,
      'They are { x, y } of host arrays.',
      'Pass what createSequences returned.',
    );
  }
  checkChoice('toReferences', 'relativeTo', relativeTo, relativeToChoices);
  const target = checkWindows({ x, y }, column);
  const [count = 0, time = 0, columns = 1] = x.shape;
  const [, horizon = 1] = y.shape;
  const references = Float64Array.from({ length: count }, (_, i) => referenceOf(x, i, target, relativeTo));
  const inputs = Float64Array.from(x.data, (value, i) =>
    i % columns === target ? value - (references[Math.floor(i / (time * columns))] as number) : value,
  );
  const targets = Float64Array.from(y.data, (value, i) => value - (references[Math.floor(i / horizon)] as number));
  return { x: { data: inputs, shape: x.shape }, y: { data: targets, shape: y.shape }, references };
}

/**
 * Returns predictions with the references of their windows added again: the inverse of {@link toReferences}.
 *
 * @param y - `[windows, horizon]`
 * @param references - of the windows, `[windows]`
 * @throws DataError when they differ in the number of windows
 *
 * @example
 * ```ts
 * import { fromReferences } from '@lstm/data';
 *
 * const changes = { data: Float32Array.of(1, 2), shape: [2, 1] };
 * console.log(fromReferences(changes, Float64Array.of(10, 20)).data); // => Float64Array(2) [ 11, 22 ]
 * ```
 */
export function fromReferences(y: HostArray, references: Float64Array): HostArray<Float64Array> {
  if (!isHostArray(y) || !(Array.isArray(references) || ArrayBuffer.isView(references))) {
    const fact = `y is ${describeValue(y)}, references are ${describeValue(references)}.`;
    const rule = 'y is a host array of predictions, and references are those that toReferences returned.';
    throw new DataError('fromReferences', fact, rule, 'Write fromReferences(await model.predict(x), references).');
  }
  const [count = 0] = y.shape;
  if (count !== references.length) {
    throw new DataError(
      'fromReferences',
      `y is [${y.shape.join(', ')}], with ${references.length} references.`,
      'Every window has one reference.',
      'Pass the references of the windows that were predicted.',
    );
  }
  const horizon = y.data.length / Math.max(count, 1);
  return {
    data: Float64Array.from(y.data, (value, i) => value + (references[Math.floor(i / horizon)] as number)),
    shape: y.shape,
  };
}
