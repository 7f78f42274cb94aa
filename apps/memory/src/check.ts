// `pnpm check:memory`: over 100 steps every gated layer solves the adding problem and no simple one does, with three seeds each.
import { chooseBackend } from '@lstm/cli';
import { argumentsOf, runProgram } from './options.ts';
import { cellName, measure, pytorchFile, readSteps, type Steps } from './steps.ts';

const seeds = [0, 1, 2];

await runProgram(async () => {
  const given = argumentsOf(
    ['--problem', 'adding', '--time', '100', ...process.argv.slice(2)],
    ['problem', 'time', 'layer'],
  );
  const { name } = await chooseBackend(given.backend);
  const { steps: reference } = await readSteps(pytorchFile);
  console.log(`The adding problem over 100 steps of time: training steps until it is solved, backend ${name}.\n`);
  const told = (steps: Steps): string => steps.map((count) => String(count ?? 'never').padStart(6)).join('');
  let wrong = 0;
  for (const cell of given.cells) {
    const found: (number | null)[] = [];
    for (const seed of seeds) found.push(await measure(cell, seed));
    const gated = !cell.contender.name.startsWith('simple RNN');
    wrong += found.filter((count) => (count !== null) !== gated).length;
    console.log(`${cell.contender.name.padEnd(24)}${told(found)}   PyTorch${told(reference[cellName(cell)] ?? [])}`);
  }
  if (wrong === 0) return;
  console.log(`\n${wrong} runs are not as expected: all but the simple RNNs solve it.`);
  process.exitCode = 1;
});
