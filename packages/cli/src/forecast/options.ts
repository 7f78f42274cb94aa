import { checkInteger, checkOptions } from '@lstm/core';
import type { Callback, StopSignal } from '@lstm/train';
import type { PreparationName } from './preparation.ts';
import type { SeriesSource } from './series.ts';
import type { Wording } from './wording.ts';

/** What is forecast, and how. The rows of the CSV text are the steps of the series, in order of time. */
export interface ForecastOptions extends SeriesSource {
  /** Steps that the network looks back. Default 36. */
  readonly window?: number | undefined;
  /** Steps that it forecasts. Default 12. */
  readonly horizon?: number | undefined;
  /** Units of the LSTM. Default 32. */
  readonly units?: number | undefined;
  /** How the target is prepared. Default `auto`: what does best on the validation part. */
  readonly transform?: 'auto' | PreparationName | undefined;
  /** Steps in a cycle of the series. Default what the dates suggest, such as 12 for months. */
  readonly season?: number | undefined;
  /** Most passes over the training part. Default 100. */
  readonly epochs?: number | undefined;
  /** Seed of weights and order. Default 0. */
  readonly seed?: number | undefined;
  /** Callbacks of the training, such as a progress bar. */
  readonly callbacks?: readonly Callback[] | undefined;
  /** Called with a line of text as each part of the work is done. */
  readonly log?: ((line: string) => void) | undefined;
  /** An `AbortSignal` that ends the work: `forecast` rejects with an error whose `name` is `AbortError`, as those of the platform. */
  readonly signal?: StopSignal | undefined;
}

const names: readonly (keyof ForecastOptions)[] = [
  'csv',
  'target',
  'features',
  'time',
  'missing',
  'decimal',
  'fill',
  'window',
  'horizon',
  'units',
  'transform',
  'season',
  'epochs',
  'seed',
  'callbacks',
  'log',
  'signal',
];

type Defaulted =
  | 'features'
  | 'missing'
  | 'decimal'
  | 'window'
  | 'horizon'
  | 'units'
  | 'transform'
  | 'epochs'
  | 'seed'
  | 'callbacks'
  | 'log';

/** Options with their defaults. */
export type ForecastSettings = Omit<ForecastOptions, Defaulted> & {
  readonly [K in Defaulted]: NonNullable<ForecastOptions[K]>;
} & { readonly wording: Wording };

/** What a forecast was made with, as plain data. */
export type UsedSettings = Omit<ForecastSettings, 'csv' | 'callbacks' | 'log' | 'signal' | 'wording'>;

/** Returns the options with their defaults, checked. */
export function settingsOf(options: ForecastOptions, wording: Wording): ForecastSettings {
  checkOptions('forecast', options, names);
  const { features = [], missing = [], decimal = '.', transform = 'auto' } = options;
  const { window = 36, horizon = 12, units = 32, epochs = 100, seed = 0, season } = options;
  const { callbacks = [], log = () => undefined } = options;
  for (const [name, value] of Object.entries({ window, horizon, units, epochs })) checkInteger('forecast', name, value);
  checkInteger('forecast', 'seed', seed, 0);
  if (season !== undefined) checkInteger('forecast', 'season', season);
  return {
    ...options,
    ...{ features, missing, decimal, transform },
    ...{ window, horizon, units, epochs, seed },
    ...{ callbacks, log, wording },
  };
}

/** Ends the work of someone who no longer waits for it; no failure, and so no error of the library's kinds. */
export class AbortedError extends Error {
  constructor() {
    super('[forecast] stopped before it was done.');
    this.name = 'AbortError';
  }
}

/** Throws {@link AbortedError} when the signal says so. */
export function throwIfAborted(signal: StopSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError();
}
