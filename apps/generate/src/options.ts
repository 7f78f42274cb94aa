import { type BackendName, chooseBackend } from '@lstm/cli';
import { LstmError, OptionError } from '@lstm/core';
import type { SamplingOptions } from './sampling.ts';

/** Flags that all programs of this folder take. */
export const commonFlags = {
  data: { type: 'string' },
  backend: { type: 'string', default: 'auto' },
  steps: { type: 'string' },
} as const;

/** Flags of sampling. */
export const samplingFlags = {
  prompt: { type: 'string' },
  length: { type: 'string', default: '600' },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  seed: { type: 'string', default: '0' },
} as const;

/**
 * Returns the number that a flag holds.
 *
 * @throws OptionError when it is none
 */
export function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new OptionError('generate', `--${flag} is ${text}.`, 'It is a number.', `Write for example --${flag} 1.`);
}

/** Returns how to sample. */
export function samplingOf(
  flags: Readonly<Partial<Record<'temperature' | 'top-k' | 'top-p' | 'seed', string>>>,
): SamplingOptions {
  const { temperature, 'top-k': topK, 'top-p': topP, seed } = flags;
  return {
    ...(temperature !== undefined && { temperature: numberOf('temperature', temperature) }),
    ...(topK !== undefined && { topK: numberOf('top-k', topK) }),
    ...(topP !== undefined && { topP: numberOf('top-p', topP) }),
    ...(seed !== undefined && { seed: numberOf('seed', seed) }),
  };
}

/** Runs a program; what is wrong with its input is told in one line, with exit code 2. */
export async function runProgram(backend: string, program: () => Promise<void>): Promise<void> {
  try {
    const { name } = await chooseBackend(backend as BackendName);
    console.log(`backend: ${name}`);
    await program();
  } catch (error) {
    if (!(error instanceof LstmError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
