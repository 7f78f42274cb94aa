import { checkChoice, DataError, type HostArray, hostArray } from '@lstm/core';
import {
  createSequences,
  fromReferences,
  type RelativeTo,
  type Scaler,
  type ScalerConfig,
  scalerFromConfig,
  standardScaler,
  type TransformName,
  toReferences,
  transformOf,
} from '@lstm/data';
import type { Series } from './series.ts';
import type { Wording } from './wording.ts';

/** Name of a way to prepare the target. */
export type PreparationName =
  | 'none'
  | 'last-value'
  | 'window-mean'
  | 'log-last-value'
  | 'difference'
  | 'log-difference';

/** How the target is changed before a network sees it. */
interface Preparation {
  readonly transform: TransformName;
  readonly relativeTo: RelativeTo;
  readonly words: string;
}

/** Every preparation by its name on the command line. */
export const preparations: Readonly<Record<PreparationName, Preparation>> = {
  none: { transform: 'none', relativeTo: 'none', words: 'the values as they are' },
  'last-value': { transform: 'none', relativeTo: 'lastValue', words: 'counted from the last value of each window' },
  'window-mean': { transform: 'none', relativeTo: 'windowMean', words: 'counted from the mean of each window' },
  'log-last-value': {
    transform: 'log',
    relativeTo: 'lastValue',
    words: 'logarithms, counted from the last value of each window',
  },
  difference: { transform: 'difference', relativeTo: 'none', words: 'changes from step to step' },
  'log-difference': { transform: 'logDifference', relativeTo: 'none', words: 'relative changes from step to step' },
};

/** Names of all preparations. */
export const preparationNames: readonly PreparationName[] = Object.keys(preparations) as PreparationName[];

/** Returns true when the preparation can take the values: logarithms are of positive numbers. */
export function accepts(name: PreparationName, values: HostArray): boolean {
  const [, columns = 1] = values.shape;
  return !name.startsWith('log') || values.data.every((value, i) => i % columns !== 0 || value > 0);
}

/**
 * Throws where the preparation cannot take a series: logarithms are of positive numbers.
 *
 * @throws DataError that names the line
 */
export function checkAccepts(name: PreparationName, series: Series, fix: string): void {
  const { values, columns, guessed, lines } = series;
  if (accepts(name, values)) return;
  // What was filled with such a value lies beside one of the file.
  const step = guessed.findIndex((filled, i) => !filled && !(values.data[i * columns.length]! > 0));
  throw new DataError(
    'forecast',
    `line ${lines[step]}, column ${columns[0]}: ${values.data[step * columns.length]} is not positive.`,
    `With ${name} the network sees logarithms of the target, which are of positive numbers.`,
    fix,
  );
}

/** Returns the preparation of that name, for a series. */
export function checkedPreparation(name: string, series: Series, { option }: Wording): PreparationName {
  const known = checkChoice('forecast', 'transform', name as PreparationName, preparationNames);
  checkAccepts(known, series, `Use ${option('transform', 'auto')}.`);
  return known;
}

/** What a preparer was fitted to, as plain data. */
export interface PreparerConfig {
  readonly name: PreparationName;
  readonly window: number;
  readonly horizon: number;
  readonly inputs: ScalerConfig;
  readonly targets: ScalerConfig;
}

/** Windows ready for a network, and the way back. */
export interface Prepared {
  /** `[windows, window, columns]` */
  readonly x: HostArray<Float64Array>;
  /** `[windows, horizon]` */
  readonly y: HostArray<Float64Array>;
  /** Returns predictions `[windows, horizon]` in original units. */
  restore(predictions: HostArray): HostArray<Float64Array>;
}

interface RawWindows extends Prepared {
  readonly references: Float64Array;
}

/** Cuts and prepares the windows of a series, unscaled. Window `i` is the one whose first predicted step is `firsts[i]`. */
function rawWindows(
  values: HostArray,
  firsts: readonly number[],
  { name, window, horizon }: Omit<PreparerConfig, 'inputs' | 'targets'>,
): RawWindows {
  const { transform, relativeTo } = preparations[name];
  const { forward, inverse, lost } = transformOf(transform);
  const [time = 0, columns = 1] = values.shape;
  const target = Float64Array.from({ length: time }, (_, step) => values.data[step * columns] as number);
  const changed = forward(target).data;
  // Beyond the end stand zeros: a window there has no targets yet.
  const rows = time - lost + horizon;
  const series = new Float64Array(rows * columns);
  for (let step = 0; step < time - lost; step++) {
    for (let column = 0; column < columns; column++) {
      series[step * columns + column] =
        column === 0 ? (changed[step] as number) : (values.data[(step + lost) * columns + column] as number);
    }
  }
  const all = createSequences(hostArray(series, [rows, columns]), window, { horizon, targets: [0] });
  const numbers = firsts.map((first) => first - lost - window);
  const x = hostArray(pick(all.x, numbers), [numbers.length, window, columns]);
  const y = hostArray(pick(all.y, numbers), [numbers.length, horizon]);
  const relative = toReferences({ x, y }, relativeTo, 0);
  const lasts = Float64Array.from(firsts, (first) => target[first - 1] as number);
  const restore = (predictions: HostArray): HostArray<Float64Array> =>
    inverse(fromReferences(predictions, relative.references), lasts);
  return {
    x: relative.x as HostArray<Float64Array>,
    y: relative.y as HostArray<Float64Array>,
    references: relative.references,
    restore,
  };
}

function pick({ data, shape }: HostArray, rows: readonly number[]): Float64Array {
  const size = data.length / Math.max(shape[0] ?? 0, 1);
  const picked = new Float64Array(rows.length * size);
  for (const [i, row] of rows.entries()) picked.set(data.subarray(row * size, (row + 1) * size), i * size);
  return picked;
}

/** Prepares windows of a series as it was fitted on the training part. */
export class Preparer {
  readonly config: PreparerConfig;
  readonly #inputs: Scaler;
  readonly #targets: Scaler;

  constructor(config: PreparerConfig) {
    this.config = config;
    this.#inputs = scalerFromConfig(config.inputs);
    this.#targets = scalerFromConfig(config.targets);
  }

  /** Returns the preparer whose scalers fit the windows before the steps `firsts`. */
  static fit(
    values: HostArray,
    firsts: readonly number[],
    settings: Omit<PreparerConfig, 'inputs' | 'targets'>,
  ): Preparer {
    const { x, y } = rawWindows(values, firsts, settings);
    const inputs = standardScaler(x).toConfig();
    const targets = standardScaler(hostArray(y.data)).toConfig();
    return new Preparer({ ...settings, inputs, targets });
  }

  /** Steps before the first predicted one that a window needs. */
  get reach(): number {
    return this.config.window + transformOf(preparations[this.config.name].transform).lost;
  }

  /** Returns the windows before the steps `firsts` of the series `[time, columns]`. */
  prepare(values: HostArray, firsts: readonly number[]): Prepared {
    const raw = rawWindows(values, firsts, this.config);
    return {
      x: this.#inputs.transform(raw.x),
      y: this.#targets.transform(raw.y),
      restore: (predictions) => raw.restore(this.#targets.inverse(predictions, [0])),
    };
  }
}
