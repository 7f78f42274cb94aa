import { expect, test } from 'vitest';
import { goals } from './goals.ts';
import { operationsOf } from './operations.ts';
import { workloads } from './workloads.ts';

// By hand: an LSTM's step is 2 · batch · 4 · units · (input + units) operations forward.
test.each([
  ['train.forecast', 0.347],
  ['train.classify', 5.03],
  ['train.charlm', 122.8],
  ['train.large', 134.2],
  ['infer.stream', 0.000262],
  ['infer.single', 0.105],
  ['infer.batch', 21.8],
  ['infer.large', 53.7],
])('%s takes %d GFLOP', (name, expected) => {
  const workload = workloads.find((each) => each.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  expect(operationsOf(workload) / 1e9 / expected).toBeCloseTo(1, 2);
});

test('every workload has a goal', () => {
  expect(goals.map(({ workload }) => workload)).toEqual(workloads.map(({ name }) => name));
});
