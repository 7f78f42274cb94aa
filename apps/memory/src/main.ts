// Trains every layer on two problems, shows how far their gradients reach before and after, and writes a report.
import { writeFile } from 'node:fs/promises';
import { chooseBackend } from '@lstm/cli';
import { figureOf, themes } from './figure.ts';
import { argumentsOf, runProgram } from './options.ts';
import { adding, recall } from './problems.ts';
import { reportOf } from './report.ts';
import { type Story, tellStory } from './story.ts';
import { readMeasured } from './tables.ts';

await runProgram(async () => {
  const given = argumentsOf(process.argv.slice(2), ['seed', 'limit', 'out', 'figure']);
  const { seed, limit = 3000, out = 'report.html' } = given;
  const { name } = await chooseBackend(given.backend);
  console.log(`backend: ${name}`);
  const story = (problem: typeof adding, time: number): Promise<Story> => {
    console.log(`\n${problem.name} over ${time} steps: training steps until solved, and ‖∂L/∂h₁‖ before training`);
    return tellStory(problem, { time, seed, limit }, ({ name: layer, steps, before }) => {
      const norm = before.h[0] ?? Number.NaN;
      // The least that float32 holds in full.
      const reach = norm < 1e-38 ? '< 1e-38' : norm.toExponential(0);
      console.log(`  ${layer.padEnd(24)} ${String(steps ?? 'not').padStart(5)}   ${reach}`);
    });
  };
  const stories = [await story(adding, 100), await story(recall, 50)] as const;
  await writeFile(out, await reportOf({ stories, measured: await readMeasured(), seed }));
  console.log(`\nWritten: ${out}`);
  const { figure } = given;
  if (figure === undefined) return;
  for (const theme of themes) await writeFile(figure.replace(/(?=\.svg$)/, theme.suffix), figureOf(stories[0], theme));
});
