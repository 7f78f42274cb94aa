import { DataError, type HostArray } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { History } from '@lstm/train';
import { counted, formatNumber } from '../format.ts';
import { choosePreparation, type Trial } from './choose.ts';
import { forecastNetwork, predict, train, trainerOf } from './network.ts';
import {
  type ForecastOptions,
  type ForecastSettings,
  settingsOf,
  throwIfAborted,
  type UsedSettings,
} from './options.ts';
import { type Plan, planOf } from './plan.ts';
import { Preparer, type PreparerConfig, preparations } from './preparation.ts';
import { lastValue, type Scale, type Score, scoreOf, seasonalNaive } from './scores.ts';
import { readSeries, type Series, trailingNotes } from './series.ts';
import { inCode, type Wording } from './wording.ts';

/** Errors of a way to forecast, on the test part. */
export interface NamedScore extends Score {
  /** `LSTM`, `last value` or `seasonal naive (12)`. */
  readonly name: string;
}

/** What {@link forecast} found. */
export interface Forecast {
  readonly series: Series;
  readonly network: Network;
  readonly preparer: PreparerConfig;
  readonly season: number;
  /** The options with their defaults, and what was found out for `time`. */
  readonly settings: UsedSettings;
  readonly trials: readonly Trial[];
  readonly history: History;
  /** The network first, then the baselines. */
  readonly scores: readonly NamedScore[];
  readonly test: {
    /** The first predicted step of each window. */
    readonly firsts: readonly number[];
    /** `[windows, horizon]`, original units. */
    readonly predictions: HostArray<Float64Array>;
  };
  readonly future: { readonly dates: readonly string[]; readonly values: readonly number[] };
}

/** Returns in a sentence how the network compares with the better baseline. */
export function verdictOf([ours, ...baselines]: readonly NamedScore[]): string {
  const best = baselines.reduce((a, b) => (b.mae < a.mae ? b : a));
  const mae = ours?.mae ?? Number.NaN;
  const percent = mae === best.mae ? 0 : Math.round(100 * (mae / best.mae - 1));
  if (percent === 0) return `The network does as well as the better baseline, ${best.name}.`;
  if (percent < 0) {
    return `The network's mean absolute error is ${-percent} % below that of the better baseline, ${best.name}.`;
  }
  const above = Number.isFinite(percent)
    ? `is ${percent} % above that of ${best.name}`
    : `is not 0, that of ${best.name} is`;
  return `The network loses: its mean absolute error ${above}. Use that instead.`;
}

/** Returns what the first lines tell of a series. */
function describe({ columns, dates, inUtc, calendar, filled }: Series): string {
  const steps = `${counted(dates.length, 'step')} (${calendar.unit}), ${dates[0]} to ${dates.at(-1)}${inUtc ? ' (UTC, since offsets vary)' : ''}`;
  return `${columns[0]}: ${steps}${filled > 0 ? `, ${counted(filled, 'value')} filled` : ''}`;
}

/** Throws where most of a target was filled. */
function checkGuessed({ guessed, columns }: Series): void {
  const count = guessed.filter(Boolean).length;
  if (2 * count <= guessed.length) return;
  throw new DataError(
    'forecast',
    `${count} of ${guessed.length} values of ${columns[0]} are missing.`,
    'At least half of what is forecast was measured: the rest tells of the filling, not of the series.',
    'Take longer steps, or a part of the file with fewer gaps.',
  );
}

/** What {@link learn} resolves to. */
interface Learnt extends Pick<Forecast, 'network' | 'history'> {
  /** For the test part `[windows, horizon]`. */
  readonly predictions: HostArray<Float64Array>;
  /** For what comes after the series `[1, horizon]`. */
  readonly ahead: HostArray<Float64Array>;
}

/** Resolves to a trained network and its predictions; where that fails or is aborted, nothing is left of the network. */
async function learn(values: HostArray, plan: Plan, preparer: Preparer, settings: ForecastSettings): Promise<Learnt> {
  const [time = 0, columns = 1] = values.shape;
  const trainer = trainerOf(forecastNetwork(columns, settings));
  const { network, optimizer } = trainer;
  try {
    const validation = preparer.prepare(values, plan.validation);
    const history = await train(trainer, preparer.prepare(values, plan.train), validation, settings);
    throwIfAborted(settings.signal);
    settings.log(
      `trained ${counted(history.epochs.length, 'epoch')}, the best validation loss was ${formatNumber(Math.min(...(history.history['valLoss'] ?? [])))}`,
    );
    const predictions = await predict(network, preparer.prepare(values, plan.test));
    const ahead = await predict(network, preparer.prepare(values, [time]));
    optimizer.dispose();
    return { network, history, predictions, ahead };
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

/**
 * Learns to forecast a column of a CSV text and measures how well: reads and checks the series, splits it chronologically, finds on
 * the validation part how the target is best prepared, trains an LSTM with early stopping, compares it on the test part with the
 * last value and with the last season, and forecasts what comes after the last value of the column. Values that were missing and filled
 * are not scored; features of rows after the last value of the column are not used, for the network looks back alone.
 *
 * @throws DataError when the series is not usable, or more than half of the column was missing; it names line and column
 * @throws OptionError when an option is unknown or out of its range; an error named `AbortError` when `signal` aborts
 *
 * @example
 * ```ts
 * import { chooseBackend, forecast } from '@lstm/cli';
 *
 * await chooseBackend('reference');
 * const csv = ['sales', ...Array.from({ length: 40 }, (_, i) => 10 + (i % 4))].join('\n');
 * const { scores, future } = await forecast({ csv, target: 'sales', window: 4, horizon: 2, units: 2, epochs: 1 });
 * console.log(scores.map(({ name }) => name).join(', '), future.dates); // => LSTM, last value [ '41', '42' ]
 * ```
 */
export function forecast(options: ForecastOptions): Promise<Forecast> {
  return forecastIn(inCode, options);
}

/** {@link forecast}, with errors that write options in some wording. */
export async function forecastIn(wording: Wording, options: ForecastOptions): Promise<Forecast> {
  const settings = settingsOf(options, wording);
  const { csv: _csv, callbacks: _callbacks, log, signal: _signal, wording: _wording, ...used } = settings;
  const { horizon, window } = used;
  const series = readSeries(settings, wording);
  const { values, columns, dates, calendar } = series;
  const time = dates.length;
  checkGuessed(series);
  const plan = planOf(series, settings);
  const target = Float64Array.from({ length: time }, (_, step) => values.data[step * columns.length] as number);
  const season = settings.season ?? calendar.season;
  const scale: Scale = { target, guessed: series.guessed, trained: plan.trained, season };
  log(describe(series));
  for (const note of trailingNotes(columns, series)) log(note);
  if (calendar.unit === 'row')
    log('no column of dates is used (they are written 2020-01-31): every row counts as a step');
  log(
    `windows: ${plan.train.length} for training, ${plan.validation.length} for validation, ${plan.test.length} for test`,
  );
  if (series.guessed.includes(true))
    log(
      `what was filled is not scored${series.foreseen.includes(true) ? ', and windows that end in a gap are left out' : ''}`,
    );

  if (settings.transform === 'auto') log('trying preparations of the target:');
  const { name, trials } = await choosePreparation(series, plan, scale, settings);
  log(`preparation: ${name} (${preparations[name].words})`);

  const preparer = Preparer.fit(values, plan.train, { name, window, horizon });
  const { network, history, predictions, ahead } = await learn(values, plan, preparer, settings);
  const score = (label: string, of: HostArray): NamedScore => ({ name: label, ...scoreOf(of, plan.test, scale) });
  const first = plan.test[0] as number;
  return {
    series,
    network,
    preparer: preparer.config,
    season,
    settings: { ...used, time: series.time },
    trials,
    history,
    scores: [
      score('LSTM', predictions),
      score('last value', lastValue(target, plan.test, horizon)),
      ...(season > 1 && season <= first
        ? [score(`seasonal naive (${season})`, seasonalNaive(target, plan.test, horizon, season))]
        : []),
    ],
    test: { firsts: plan.test, predictions },
    future: { dates: calendar.next(horizon), values: [...ahead.data] },
  };
}
