// Trains an LSTM and a bag of words on reviews, says how good they are, and writes a report that shows which words mattered.
import { writeFile } from 'node:fs/promises';
import { chooseBackend } from '@lstm/cli';
import { progressBar } from '@lstm/train';
import { runExperiment } from './experiment.ts';
import { defaultSettings } from './models/classifier.ts';
import { argumentsOf, reviewsOf, runProgram } from './options.ts';
import { reportOf, verdictOf } from './report/report.ts';

await runProgram(async () => {
  const given = argumentsOf(process.argv.slice(2), ['seed', 'out']);
  const { name } = await chooseBackend(given.backend);
  const set = await reviewsOf(given);
  console.log(`${set.name}: ${set.train.length} reviews to train on, backend ${name}.`);
  const { epochs = defaultSettings.epochs, seed, out } = given;
  const bar = progressBar();
  const experiment = await runExperiment(set, { ...defaultSettings, epochs, seed }, [bar]);
  for (const { name: model, scores } of [experiment.lstm, experiment.bagOfWords]) {
    const [accuracy, f1] = [scores.accuracy, scores.f1].map((share) => `${(100 * share).toFixed(1)} %`);
    console.log(`${model.padEnd(12)}  accuracy ${accuracy}  F1 ${f1}`);
  }
  await writeFile(out, await reportOf(experiment));
  console.log(`${verdictOf(experiment)}\nWritten: ${out}`);
});
