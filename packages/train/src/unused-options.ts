import { OptionError } from '@lstm/core';

/** What an option of samples is called in a dataset. */
const inDatasets: Readonly<Record<string, string>> = {
  batchSize: 'A dataset comes in batches.',
  shuffle: 'A dataset decides the order of its batches.',
  seed: 'A dataset decides the order of its batches.',
  sampleWeight: 'A batch of a dataset brings its own: { x, y, sampleWeight }.',
  validationSplit: 'The end of a dataset is not known before: pass validationData.',
};

/**
 * Throws for an option that would have no effect: it is valid, but not with these data or beside the others.
 *
 * @throws OptionError that names it
 */
export function refuseUnused(where: string, dataset: boolean, options: object): void {
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const refuse = (name: string, rule: string): never => {
    const data = dataset ? 'a dataset' : 'arrays';
    throw new OptionError(where, `${name} is given with ${data}.`, rule, `Leave out ${name}.`);
  };
  for (const name of given) {
    // Validation data may be arrays, and those are cut into batches.
    const used = name === 'batchSize' && given.includes('validationData');
    if (dataset && !used && Object.hasOwn(inDatasets, name)) refuse(name, inDatasets[name] as string);
  }
  if (!dataset && given.includes('stepsPerEpoch')) refuse('stepsPerEpoch', 'An epoch of arrays is all of them.');
  if (!given.includes('validationSplit') || !given.includes('validationData')) return;
  const fact = 'validationSplit and validationData are both given.';
  throw new OptionError(where, fact, 'There is one set of validation data.', 'Keep one of them.');
}
