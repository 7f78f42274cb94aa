import type { Tokenizer } from '@lstm/data';
import type { Trainer } from '@lstm/train';
import type { Sampler } from './sampling.ts';

/** What is written and how. */
export interface GenerateOptions {
  /** What the text goes on from; it is not part of what is written. */
  readonly prompt: string;
  /** Characters to write. */
  readonly length: number;
  readonly sampler: Sampler;
}

/**
 * Writes a text, one character after the other: each is drawn from what the network expects, and is what it sees next. A step takes
 * one character; the states stay in the session.
 */
export async function* generate(
  model: Trainer,
  tokenizer: Tokenizer,
  { prompt, length, sampler }: GenerateOptions,
): AsyncGenerator<string> {
  const session = model.stream();
  try {
    const [tokens = []] = tokenizer.encode([prompt === '' ? '\n' : prompt]);
    const logits = new Float32Array(session.outputSize);
    const input = new Float32Array(1);
    const read = async (token: number): Promise<void> => {
      input[0] = token;
      await session.stepAsync(input, logits);
    };
    for (const token of tokens) await read(token);
    for (let written = 0; written < length; written++) {
      // Padding and what is not in the vocabulary are no characters.
      logits.fill(Number.NEGATIVE_INFINITY, 0, 2);
      const token = sampler(logits);
      yield tokenizer.vocabulary[token] as string;
      await read(token);
    }
  } finally {
    session.dispose();
  }
}
