import { sizeOf } from '@lstm/core';
import { stepsOf } from '../forecast/calendar.ts';
import { type Forecast, verdictOf } from '../forecast/forecast.ts';
import { preparations } from '../forecast/preparation.ts';
import { counted, formatNumber } from '../format.ts';
import { chartsOf, titleOf } from './charts.ts';
import { reportPage } from './page.ts';

/** Resolves to the page of a forecast: the charts, the scores and the trials. */
export function reportOf(forecast: Forecast): Promise<string> {
  const { series, scores, trials, preparer, future, network } = forecast;
  const named = scores.map((score) => ({ ...score, name: titleOf(score, forecast) }));
  const tried = trials.toSorted((a, b) => a.mae - b.mae);
  const weights = network.parameters.reduce((total, { shape }) => total + sizeOf(shape), 0);
  return reportPage({
    title: `${series.columns[0]}: a forecast of ${stepsOf(future.values.length, series.calendar.unit)}`,
    parts: [
      {
        text: verdictOf(named),
        table: {
          head: ['on the test part', 'MAE', 'RMSE', 'MASE'],
          rows: named.map(({ name, mae, rmse, mase }) => [name, ...[mae, rmse, mase].map(formatNumber)]),
          ours: 0,
        },
      },
      ...chartsOf(forecast),
      {
        title: 'Preparation of the target',
        text: `Taken: ${preparer.name} (${preparations[preparer.name].words}).`,
        ...(tried.length > 0 && {
          table: {
            head: ['tried in a short training', 'validation MAE'],
            rows: tried.map(({ name, mae }) => [`${name}: ${preparations[name].words}`, formatNumber(mae)]),
            ours: 0,
          },
        }),
      },
    ],
    footer: [
      `${counted(series.dates.length, 'step')} (${series.calendar.unit}), ${series.dates[0]} to ${series.dates.at(-1)}`,
      `${counted(series.filled, 'value')} filled`,
      `columns: ${series.columns.join(', ')}`,
      `window ${preparer.window}, horizon ${preparer.horizon}`,
      `${weights} parameters. Made by @lstm.`,
    ].join('; '),
  });
}
