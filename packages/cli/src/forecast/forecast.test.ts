import { memory, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { forecast, type NamedScore, verdictOf } from './forecast.ts';
import type { ForecastOptions } from './options.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const csv = ['sales', ...Array.from({ length: 90 }, (_, i) => (10 + Math.sin(i)).toFixed(3))].join('\n');
const small: ForecastOptions = { csv, target: 'sales', window: 4, horizon: 2, units: 2, epochs: 2, transform: 'none' };

describe('forecast', () => {
  it.each<[string, string, (abort: AbortController) => Partial<ForecastOptions>]>([
    ['aborted', 'stopped before it was done', (abort) => ({ callbacks: [{ onEpochEnd: () => abort.abort() }] })],
    [
      'broken by a callback',
      'no more',
      () => ({
        callbacks: [
          {
            onEpochEnd: () => {
              throw new Error('no more');
            },
          },
        ],
      }),
    ],
    [
      'broken in a trial',
      'no log',
      () => ({
        transform: 'auto',
        log: (line) => {
          if (line.includes('validation MAE')) throw new Error('no log');
        },
      }),
    ],
  ])('leaves nothing in memory when it is %s', async (_, message, change) => {
    const before = memory();
    const abort = new AbortController();
    await expect(forecast({ ...small, signal: abort.signal, ...change(abort) })).rejects.toThrow(message);
    expect(memory()).toEqual(before);
  });

  it('keeps the weights of the network alone', async () => {
    const before = memory().storages;
    const { network } = await forecast(small);
    expect(memory().storages - before).toBe(network.parameters.length);
    network.dispose();
  });

  it('scores no value that was filled, neither of the network nor of the baselines', async () => {
    // Every fourth value is missing; filled by the value before, the last value would be right there.
    const values = csv.split('\n').map((line, i) => (i % 4 === 3 && i > 1 ? 'NA' : line));
    const told: string[] = [];
    const log = (line: string) => told.push(line);
    const { scores, series, network, test } = await forecast({
      ...small,
      csv: values.join('\n'),
      fill: 'previous',
      log,
    });
    network.dispose();
    const target = series.values.data;
    const errors = test.firsts.flatMap((first) =>
      [first, first + 1].flatMap((step) =>
        series.guessed[step] ? [] : [Math.abs((target[step] as number) - (target[first - 1] as number))],
      ),
    );
    expect(errors.length).toBeLessThan(2 * test.firsts.length);
    expect(scores[1]?.mae).toBeCloseTo(errors.reduce((a, b) => a + b) / errors.length, 12);
    expect(told).toContain('what was filled is not scored');
  });

  it('leaves out windows that end on the line across a gap', async () => {
    const values = csv.split('\n').map((line, i) => (i % 4 === 3 && i > 1 ? 'NA' : line));
    const told: string[] = [];
    const log = (line: string) => told.push(line);
    const { series, network, test } = await forecast({ ...small, csv: values.join('\n'), fill: 'linear', log });
    network.dispose();
    expect(test.firsts.length).toBeGreaterThan(0);
    expect(test.firsts.filter((first) => series.guessed[first - 1])).toEqual([]);
    expect(told).toContain('what was filled is not scored, and windows that end in a gap are left out');
  });

  it('refuses a target of which most is missing', async () => {
    const values = csv.split('\n').map((line, i) => (i % 5 > 2 || i < 2 ? line : ''));
    await expect(
      forecast({ ...small, csv: values.join('\n'), fill: 'linear' }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] 52 of 89 values of sales are missing. At least half of what is forecast was measured: the rest tells of the filling, not of the series. Take longer steps, or a part of the file with fewer gaps.]`,
    );
  });

  it.each<[string, string, Partial<ForecastOptions>]>([
    ['a gap', csv.replace('\n', '\nNA\n'), {}],
    ['other dates', 'day,sales\n1.1.2020,1\n2.1.2020,2\n3.1.2020,3', {}],
    ['text', csv.replace(/\n.*$/, '\nmany'), {}],
    ['decimal commas', csv.replace('sales', 'sales;').replace(/\d$/gm, '$&;').replaceAll('.', ','), {}],
    ['too few steps', csv.split('\n').slice(0, 9).join('\n'), {}],
    ['what has no logarithm', `${csv}\n0`, { transform: 'log-difference' }],
  ])('names options as they are in code where it refuses %s', async (_, text, options) => {
    await expect(forecast({ ...small, csv: text, ...options })).rejects.toThrowErrorMatchingSnapshot();
  });

  it('rejects with an AbortError when it is stopped', async () => {
    await expect(forecast({ ...small, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('begins where the target ends', async () => {
    const told: string[] = [];
    const log = (line: string) => told.push(line);
    const { future, network } = await forecast({ ...small, csv: `${csv}\nNA\nNA\n`, log });
    network.dispose();
    expect(future.dates).toEqual(['91', '92']);
    expect(told).toContain('the last 2 rows hold no sales: the forecast begins there');
    expect(told.join()).not.toContain('not used');
  });

  it('says which features after the end of the target are not used', async () => {
    const priced = csv.replace('sales', 'sales,price').replace(/\d$/gm, '$&,3');
    const told: string[] = [];
    const { network } = await forecast({
      ...small,
      csv: `${priced}\n,4\n,\n,4\n`,
      features: ['price'],
      log: (line) => told.push(line),
    });
    network.dispose();
    expect(told.slice(1, 3)).toEqual([
      'the last 3 rows hold no sales: the forecast begins there',
      'not used: 2 rows there with price, for the network sees features up to the last sales alone',
    ]);
  });
});

describe('verdictOf', () => {
  const scores = (ours: number, ...others: readonly number[]): NamedScore[] =>
    [ours, ...others].map((mae, i) => ({ name: `model ${i}`, mae, rmse: mae, mase: 1, maeByStep: [mae] }));

  it.each([
    [[1, 2, 3], "The network's mean absolute error is 50 % below that of the better baseline, model 1."],
    [[3, 4, 2], 'The network loses: its mean absolute error is 50 % above that of model 2. Use that instead.'],
    [[1, 1.004, 2], 'The network does as well as the better baseline, model 1.'],
    [[1.004, 1, 2], 'The network does as well as the better baseline, model 1.'],
    [[0, 0], 'The network does as well as the better baseline, model 1.'],
    [[1, 0], 'The network loses: its mean absolute error is not 0, that of model 1 is. Use that instead.'],
  ])('says of errors %j what they mean', ([ours = 0, ...others], sentence) => {
    expect(verdictOf(scores(ours, ...others))).toBe(sentence);
  });
});
