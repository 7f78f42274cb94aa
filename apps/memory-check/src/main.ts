// Which recurrent layers remember over 100 steps: the adding problem, three seeds each, and how many steps PyTorch took.
import { cpu } from '@lstm/backend-cpu';
import { useBackend } from '@lstm/core';
import { gru, type Layer, lstm, simpleRnn } from '@lstm/layers';
import { stepsToSolve } from './adding-problem.ts';

interface Contender {
  readonly name: string;
  readonly make: () => Layer;
  /** What a right implementation does within the limit. */
  readonly solves: boolean;
  /** Steps in PyTorch 1.13 with the same sizes, rates and limit, one figure for each seed. */
  readonly pytorch: string;
}

const time = 100;
const limit = 5000;
const seeds = [0, 1, 2];
const shape = { units: 64, inputShape: [time, 2] };
const contenders: readonly Contender[] = [
  { name: 'simple RNN', make: () => simpleRnn(shape), solves: false, pytorch: 'never, never, never' },
  { name: 'GRU', make: () => gru(shape), solves: true, pytorch: '1000, 1000' },
  { name: 'LSTM, forget bias 1', make: () => lstm(shape), solves: true, pytorch: '3800, 2800' },
  { name: 'LSTM, chrono', make: () => lstm({ ...shape, forgetBias: 'chrono' }), solves: true, pytorch: '1100, 1500' },
];

await useBackend(cpu());
console.log(`The adding problem over ${time} steps of time: training steps until it is solved, at most ${limit}.\n`);
const columns = [20, ...seeds.map(() => 8), 22];
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(columns[i] ?? 0))
    .join('  ')
    .trimEnd();
console.log(line(['layer of 64 units', ...seeds.map((seed) => `seed ${seed}`), 'PyTorch']));
let wrong = 0;
for (const { name, make, solves, pytorch } of contenders) {
  const steps: (number | undefined)[] = [];
  for (const seed of seeds) steps.push(await stepsToSolve(make(), { time, seed, learningRate: 0.002, limit }));
  wrong += steps.filter((count) => (count !== undefined) !== solves).length;
  console.log(line([name, ...steps.map((count) => String(count ?? 'never')), pytorch]));
}
if (wrong > 0) {
  console.log(
    `\n${wrong} of ${contenders.length * seeds.length} runs are not as expected: all but the simple RNN solve it.`,
  );
  process.exitCode = 1;
}
