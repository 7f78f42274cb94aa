// Writes with a network that was trained before, one character after the other.
import { generate } from './generate.ts';
import { loadLearner } from './learner.ts';
import { commonFlags, countOf, readModel, runProgram, samplingFlags, samplingOf } from './options.ts';
import { createSampler } from './sampling.ts';

const options = {
  backend: commonFlags.backend,
  ...samplingFlags,
  model: { type: 'string', default: 'generated/typescript/model.safetensors' },
} as const;

await runProgram(options, async (flags) => {
  const { model, tokenizer } = loadLearner(await readModel(flags.model));
  const { prompt = '\n' } = flags;
  const length = countOf('length', flags.length, 0);
  const sampler = createSampler(samplingOf(flags));
  process.stdout.write(prompt);
  for await (const text of generate(model, tokenizer, { prompt, length, sampler })) {
    process.stdout.write(text);
  }
  console.log();
});
