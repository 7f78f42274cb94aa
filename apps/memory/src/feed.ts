// Writes what a run starts from and is trained on, for `reference/train.py`: a line of JSON, then numbers of 32 bits without end.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TypedArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { batchesOf, createLearner, heldOut } from './learner.ts';
import { argumentsOf, runProgram } from './options.ts';
import type { Samples } from './problems.ts';
import type { Cell } from './steps.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Initial values, the samples that are looked at, then batch after batch: inputs, answers. */
async function* feed({ problem, time, contender }: Cell, seed: number): AsyncGenerator<Uint8Array> {
  await useBackend(reference());
  const { network } = createLearner(contender, problem, { time, seed });
  const parameters = network.parameters.map(({ name, value }) => ({ name, shape: value.shape }));
  yield Buffer.from(`${JSON.stringify({ parameters })}\n`);
  for (const { value } of network.parameters) yield bytesOf(await value.data());
  const both = ({ x, y }: Samples): Uint8Array[] => [bytesOf(x.data), bytesOf(y.data)];
  yield* both(heldOut(problem, time));
  for (const batch of batchesOf(problem, { time, seed })) yield* both(batch);
}

await runProgram(async () => {
  const { cells, seed } = argumentsOf(process.argv.slice(2), ['problem', 'time', 'layer', 'seed']);
  const [cell] = cells as readonly [Cell];
  await pipeline(Readable.from(feed(cell, seed)), process.stdout).catch((error: NodeJS.ErrnoException) => {
    // The reader has solved the problem.
    if (error.code !== 'EPIPE') throw error;
  });
});
