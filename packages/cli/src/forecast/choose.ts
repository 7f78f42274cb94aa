import { formatNumber } from '../format.ts';
import { forecastNetwork, predict, train, trainerOf } from './network.ts';
import { type ForecastSettings, throwIfAborted } from './options.ts';
import type { Plan } from './plan.ts';
import { accepts, checkedPreparation, type PreparationName, Preparer, preparationNames } from './preparation.ts';
import { type Scale, scoreOf } from './scores.ts';
import type { Series } from './series.ts';

/** What a short training with a preparation reached. */
export interface Trial {
  readonly name: PreparationName;
  /** Mean absolute error on the validation part, in original units. */
  readonly mae: number;
}

const trialEpochs = 10;
/** Windows of a trial; more make it slower, not surer. */
const trialWindows = 256;

/** Returns at most `count` of the steps, evenly spread. */
function spread(steps: readonly number[], count: number): readonly number[] {
  const every = Math.max(1, Math.ceil(steps.length / count));
  return steps.filter((_, i) => i % every === 0);
}

/**
 * Resolves to the preparation that was asked for, or with `auto` to the one whose short training forecasts the validation part
 * best, and to all trials.
 */
export async function choosePreparation(
  series: Series,
  plan: Plan,
  scale: Scale,
  settings: ForecastSettings,
): Promise<{ readonly name: PreparationName; readonly trials: readonly Trial[] }> {
  const { transform, window, horizon, log, signal, wording } = settings;
  const { values } = series;
  if (transform !== 'auto') return { name: checkedPreparation(transform, series, wording), trials: [] };
  const training = spread(plan.train, trialWindows);
  const validation = spread(plan.validation, trialWindows / 2);
  const trials: Trial[] = [];
  for (const name of preparationNames.filter((each) => accepts(each, values))) {
    throwIfAborted(signal);
    const preparer = Preparer.fit(values, training, { name, window, horizon });
    const trainer = trainerOf(forecastNetwork(values.shape[1] as number, settings));
    const prepared = preparer.prepare(values, validation);
    try {
      await train(trainer, preparer.prepare(values, training), prepared, {
        epochs: trialEpochs,
        callbacks: [],
        signal,
      });
      const { mae } = scoreOf(await predict(trainer.network, prepared), validation, scale);
      trials.push({ name, mae });
      log(`  ${name.padEnd(14)} validation MAE ${formatNumber(mae)}`);
    } finally {
      trainer.dispose();
    }
  }
  const best = trials.reduce((a, b) => (b.mae < a.mae ? b : a));
  return { name: best.name, trials };
}
