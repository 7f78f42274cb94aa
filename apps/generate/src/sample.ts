// Writes with a network that was trained before, one character after the other.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { DataError } from '@lstm/core';
import { generate } from './generate.ts';
import { loadLearner } from './learner.ts';
import { commonFlags, numberOf, runProgram, samplingFlags, samplingOf } from './options.ts';
import { createSampler } from './sampling.ts';

const { values: flags } = parseArgs({
  options: {
    backend: commonFlags.backend,
    ...samplingFlags,
    model: { type: 'string', default: 'generated/typescript/model.safetensors' },
  },
});

await runProgram(flags.backend, async () => {
  const bytes = await readFile(flags.model).catch((cause: NodeJS.ErrnoException) => {
    const fact = `${flags.model} cannot be read (${cause.code}).`;
    throw new DataError('sample', fact, 'It is a model that start has saved.', 'Run start first.', { cause });
  });
  const { model, tokenizer } = loadLearner(bytes);
  const { prompt = '\n' } = flags;
  const sampler = createSampler(samplingOf(flags));
  process.stdout.write(prompt);
  for await (const text of generate(model, tokenizer, { prompt, length: numberOf('length', flags.length), sampler })) {
    process.stdout.write(text);
  }
  console.log();
});
