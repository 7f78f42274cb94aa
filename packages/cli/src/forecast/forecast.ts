import type { HostArray } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { History } from '@lstm/train';
import { formatNumber } from '../format.ts';
import { choosePreparation, type Trial } from './choose.ts';
import { forecastNetwork, predict, train, trainerOf } from './network.ts';
import { type ForecastOptions, type ForecastSettings, settingsOf, throwIfAborted } from './options.ts';
import { type Plan, planOf } from './plan.ts';
import { Preparer, type PreparerConfig, preparations } from './preparation.ts';
import { lastValue, type Scale, type Score, scoreOf, seasonalNaive } from './scores.ts';
import { readSeries, type Series } from './series.ts';

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
  const gain = 1 - (ours?.mae ?? Number.NaN) / best.mae;
  const percent = `${Math.abs(100 * gain).toFixed(0)} %`;
  return gain > 0
    ? `The network's mean absolute error is ${percent} below that of the better baseline, ${best.name}.`
    : `The network loses: its mean absolute error is ${percent} above that of ${best.name}. Use that instead.`;
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
      `trained ${history.epochs.length} epochs, the best validation loss was ${formatNumber(Math.min(...(history.history['valLoss'] ?? [])))}`,
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
 * last value and with the last season, and forecasts what comes after the series.
 *
 * @throws DataError when the series is not usable; it names line and column
 * @throws OptionError when an option is unknown or out of its range
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
export async function forecast(options: ForecastOptions): Promise<Forecast> {
  const settings = settingsOf(options);
  const { horizon, window, log } = settings;
  const series = readSeries(settings);
  const { values, columns, dates, calendar } = series;
  const time = dates.length;
  const plan = planOf(time, window, horizon);
  const target = Float64Array.from({ length: time }, (_, step) => values.data[step * columns.length] as number);
  const season = settings.season ?? calendar.season;
  const scale: Scale = { target, trained: plan.trained, season };
  log(
    `${columns[0]}: ${time} steps (${calendar.unit}), ${dates[0]} to ${dates.at(-1)}${series.filled ? `, ${series.filled} values filled` : ''}`,
  );
  if (calendar.unit === 'row')
    log('no column of dates is used (they are written 2020-01-31): every row counts as a step');
  log(
    `windows: ${plan.train.length} for training, ${plan.validation.length} for validation, ${plan.test.length} for test`,
  );

  if (settings.transform === undefined || settings.transform === 'auto') log('trying preparations of the target:');
  const { name, trials } = await choosePreparation(values, plan, scale, settings);
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
