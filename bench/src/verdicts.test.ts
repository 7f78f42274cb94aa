import { expect, test } from 'vitest';
import type { Row } from './rows.ts';
import { verdictsOf } from './verdicts.ts';

function row(engine: string, role: Row['role'], threads: number, medianMs: number, fractionOfPeak = 0.5): Row {
  const times = { medianMs, p10: medianMs, p90: medianMs, runs: 1 };
  return {
    workload: 'train.forecast',
    engine,
    version: '1',
    threads,
    ...times,
    gflops: 1,
    fractionOfPeak,
    role,
    settings: '',
  };
}

const rows = [
  row('@lstm kernels', 'kernel', 1, 2, 0.61),
  row('@lstm kernels', 'kernel', 2, 1),
  row('@lstm', 'endToEnd', 1, 2.2),
  row('@lstm', 'endToEnd', 2, 2),
  row('PyTorch', 'peer', 1, 9),
  row('PyTorch', 'peer', 2, 8),
  row('tfjs cpu', 'peer', 1, 400),
  row('brain.js', 'otherWork', 1, 0.1),
];

test('the best setting of ours is held against the best peer, which does the same work', () => {
  const found = verdictsOf('train.forecast', rows, undefined);
  expect(
    found.map(({ what, value, outcome }) => [what, value === null ? null : Math.round(10 * value) / 10, outcome]),
  ).toEqual([
    ['kernel', 8, 'met'],
    ['end to end', 4, 'FAILED'],
    ['kernel, 1 thread, of peak', 61, 'met'],
    ['2 threads over 1', 1.1, 'missed'],
    ['end to end less kernel, 1 thread', 0.2, 'met'],
    ['end to end against tfjs', 200, 'met'],
  ]);
});

test('what was not measured is said to be not run', () => {
  const outcomes = verdictsOf('train.forecast', rows.slice(0, 4), undefined).map(({ what, outcome }) => [
    what,
    outcome,
  ]);
  expect(outcomes).toContainEqual(['kernel', 'not run']);
  expect(outcomes).toContainEqual(['end to end against tfjs', 'not run']);
});

test('a slow step, a long tail and garbage miss the goals of the stream', () => {
  const inspection = { medianMs: 0.002, p99Ms: 0.01, bytesPerStep: 16 };
  const stream = [row('@lstm', 'endToEnd', 1, 0.004)];
  const found = verdictsOf('infer.stream', stream, inspection).slice(-3);
  expect(found.map(({ what, outcome }) => [what, outcome])).toEqual([
    ['a step', 'missed'],
    ['p99 over median of steps', 'missed'],
    ['heap a step', 'missed'],
  ]);
});
