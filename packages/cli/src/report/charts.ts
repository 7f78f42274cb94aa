import { stepsOf, wallSeconds } from '../forecast/calendar.ts';
import type { Forecast, NamedScore } from '../forecast/forecast.ts';
import { seasonalNaive } from '../forecast/scores.ts';
import type { ChartLine, ReportPart } from './page.ts';

/** Returns seconds of a date, or the number of a row. */
function xOf(date: string, dated: boolean): number {
  return dated ? wallSeconds(date) : Number(date);
}

function targetOf({ series }: Forecast): number[] {
  const width = series.columns.length;
  return series.dates.map((_, step) => series.values.data[step * width] as number);
}

/** The target as it was measured: what was filled is not drawn. */
function measuredOf(forecast: Forecast): (number | null)[] {
  const { guessed } = forecast.series;
  return targetOf(forecast).map((value, step) => (guessed[step] ? null : value));
}

/** Forecasts laid end to end: each window's horizon follows that of a window before. */
function endToEnd(
  length: number,
  firsts: readonly number[],
  horizon: number,
  data: ArrayLike<number>,
): (number | null)[] {
  const line = Array<number | null>(length).fill(null);
  let free = 0;
  for (const [i, first] of firsts.entries()) {
    if (first < free) continue;
    for (let step = 0; step < horizon; step++) line[first + step] = data[i * horizon + step] as number;
    free = first + horizon;
  }
  return line;
}

/** A season as people say it, by its steps. */
const seasons: Readonly<Record<string, string>> = {
  '24 hours': 'the day before',
  '7 days': 'last week',
  '365 days': 'last year',
  '52 weeks': 'last year',
  '12 months': 'last year',
  '4 quarters': 'last year',
};

/** Returns what a report calls a model: the season of the naive one in words. */
export function titleOf({ name }: NamedScore, { series, season }: Forecast): string {
  if (!name.startsWith('seasonal naive')) return name;
  const steps = stepsOf(season, series.calendar.unit);
  return `${seasons[steps] ?? `${steps} before`} (seasonal naive)`;
}

/** What comes after the series, with the end of what came before. */
function futureChart(forecast: Forecast, dated: boolean): ReportPart {
  const { series, future } = forecast;
  const horizon = future.values.length;
  const shown = Math.min(series.dates.length, Math.max(6 * horizon, 48));
  const past = measuredOf(forecast).slice(-shown);
  const nothing = Array<null>(horizon).fill(null);
  return {
    title: `The next ${horizon === 1 ? series.calendar.unit : stepsOf(horizon, series.calendar.unit)}`,
    text: `What the network expects after ${series.dates.at(-1)}.`,
    chart: {
      xLabel: series.calendar.unit,
      yLabel: series.columns[0] as string,
      dates: dated,
      x: [...series.dates.slice(-shown), ...future.dates].map((date) => xOf(date, dated)),
      lines: [
        { label: series.columns[0] as string, color: 'truth', values: [...past, ...nothing] },
        {
          label: 'forecast',
          color: 'ours',
          values: [...Array<null>(shown - 1).fill(null), past.at(-1) as number, ...future.values],
          points: true,
        },
      ],
    },
  };
}

function testChart(forecast: Forecast, dated: boolean): ReportPart {
  const { series, test, season, scores } = forecast;
  const horizon = test.predictions.shape[1] as number;
  const target = targetOf(forecast);
  const from = Math.max(0, (test.firsts[0] as number) - 2 * horizon);
  const cut = <T>(values: readonly T[]): T[] => values.slice(from);
  const line = (data: ArrayLike<number>): (number | null)[] => cut(endToEnd(target.length, test.firsts, horizon, data));
  const naive = (score: NamedScore): ChartLine => ({
    label: titleOf(score, forecast),
    color: 'baseline',
    dash: [4, 4],
    values: line(seasonalNaive(Float64Array.from(target), test.firsts, horizon, season).data),
  });
  return {
    title: 'The test part: forecasts and what came',
    text: `A forecast of the next ${stepsOf(horizon, series.calendar.unit)}, and then of those that follow, each made from the values before it alone. The network was not trained on this part.`,
    chart: {
      xLabel: series.calendar.unit,
      yLabel: series.columns[0] as string,
      dates: dated,
      x: cut(series.dates).map((date) => xOf(date, dated)),
      lines: [
        { label: series.columns[0] as string, color: 'truth', values: cut(measuredOf(forecast)) },
        ...scores.filter(({ name }) => name.startsWith('seasonal naive')).map(naive),
        { label: 'LSTM', color: 'ours', values: line(test.predictions.data) },
      ],
    },
  };
}

function horizonChart(forecast: Forecast): ReportPart {
  const { scores, test } = forecast;
  const colors = ['ours', 'other', 'baseline'] as const;
  return {
    title: 'Error by distance',
    text: 'Mean absolute error on the test part, by how many steps ahead the forecast reaches.',
    chart: {
      xLabel: 'steps ahead',
      yLabel: 'mean absolute error',
      x: Array.from({ length: test.predictions.shape[1] as number }, (_, i) => i + 1),
      lines: scores.map((score, i) => ({
        label: titleOf(score, forecast),
        color: colors[i] ?? 'baseline',
        values: score.maeByStep,
        points: true,
      })),
    },
  };
}

function lossChart({ history: { epochs, history } }: Forecast): ReportPart {
  return {
    title: 'Training',
    text: 'Mean squared error of the scaled target after each epoch. The weights of the best epoch on the validation part were kept.',
    chart: {
      xLabel: 'epoch',
      yLabel: 'mean squared error, scaled',
      log: true,
      x: epochs.map((epoch) => epoch + 1),
      lines: [
        { label: 'training', color: 'truth', values: history['loss'] ?? [] },
        { label: 'validation', color: 'ours', values: history['valLoss'] ?? [] },
      ],
    },
  };
}

/** Returns the charts of a report. */
export function chartsOf(forecast: Forecast): readonly ReportPart[] {
  const dated = forecast.series.calendar.unit !== 'row';
  return [futureChart(forecast, dated), testChart(forecast, dated), horizonChart(forecast), lossChart(forecast)];
}
