import { checkInteger, checkOptions, checkRange, uniform } from '@lstm/core';

/** How the next character is drawn. */
export interface SamplingOptions {
  /** What logits are divided by: below 1 likely characters become likelier, at 0 the likeliest is taken. Default 1. */
  readonly temperature?: number;
  /** Draw among this many likeliest characters only. Default: all. */
  readonly topK?: number;
  /** Draw among the likeliest characters that together have at least this probability, in `(0, 1]` (Holtzman et al. 2020). Default 1. */
  readonly topP?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Returns the number of a drawn character. */
export type Sampler = (logits: Float32Array) => number;

/** Returns the softmax of logits divided by a temperature. */
export function probabilitiesOf(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const scaled = Float64Array.from(logits, (logit) => logit / temperature);
  const largest = scaled.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = scaled.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** Returns the characters that may be drawn, likeliest first, and their probabilities, whose sum may be below 1. */
function candidates(
  logits: Float32Array,
  { temperature = 1, topK = logits.length, topP = 1 }: SamplingOptions,
): readonly (readonly [token: number, probability: number])[] {
  const ranked = [...probabilitiesOf(logits, temperature).entries()].sort(([, a], [, b]) => b - a).slice(0, topK);
  const enough = topP * ranked.reduce((sum, [, probability]) => sum + probability, 0);
  let sum = 0;
  return ranked.filter(([, probability]) => {
    const before = sum;
    sum += probability;
    return before < enough;
  });
}

/**
 * Returns a sampler: temperature first, then top-k, then top-p. The same seed draws the same characters from the same logits.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function createSampler(options: SamplingOptions = {}): Sampler {
  checkOptions('createSampler', options, ['temperature', 'topK', 'topP', 'seed']);
  const { temperature = 1, topK, topP = 1, seed = 0 } = options;
  checkRange('createSampler', 'temperature', temperature, 0);
  if (topK !== undefined) checkInteger('createSampler', 'topK', topK);
  checkRange('createSampler', 'topP', topP, Number.MIN_VALUE, 1);
  checkInteger('createSampler', 'seed', seed, 0);
  let drawn = 0;
  return (logits) => {
    if (temperature === 0) return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
    const choice = candidates(logits, options);
    const total = choice.reduce((sum, [, probability]) => sum + probability, 0);
    let rest = total * (uniform(1, { seed, name: 'sample', step: drawn++ })[0] as number);
    const found = choice.find(([, probability]) => {
      rest -= probability;
      return rest < 0;
    });
    // Rounding may leave a little of the last one.
    return (found ?? (choice.at(-1) as (typeof choice)[number]))[0];
  };
}
