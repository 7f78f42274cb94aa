import { parseArgs } from 'node:util';
import type { BackendName } from '@lstm/cli';
import { LstmError, OptionError } from '@lstm/core';
import { generatedReviews } from './data/generate.ts';
import { loadReviews } from './data/load.ts';
import type { ReviewSet } from './data/reviews.ts';

/** What the command line asked for. */
export interface Arguments {
  readonly data?: string;
  readonly backend: BackendName;
  readonly seed: number;
  readonly epochs?: number;
  readonly out: string;
  readonly json?: string;
}

function count(name: string, text: string, minimum: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= minimum) return value;
  throw new OptionError(
    'sentiment',
    `--${name} is ${text}.`,
    `It is a whole number of at least ${minimum}.`,
    `Write for example --${name} 3.`,
  );
}

/**
 * Returns the arguments of the command line; `allowed` names the options that the program takes besides data, backend and epochs.
 *
 * @throws OptionError when a number is none, TypeError when an option is unknown
 */
export function argumentsOf(args: readonly string[], allowed: readonly ('seed' | 'out' | 'json')[]): Arguments {
  const names = ['data', 'backend', 'epochs', ...allowed];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options });
  const { data, backend = 'auto', epochs, seed = '0', out = 'report.html', json } = values as Record<string, string>;
  return {
    // chooseBackend refuses other names.
    backend: backend as BackendName,
    seed: count('seed', seed, 0),
    out,
    ...(data !== undefined && { data }),
    ...(epochs !== undefined && { epochs: count('epochs', epochs, 1) }),
    ...(json !== undefined && { json }),
  };
}

/** Resolves to the reviews of a folder, or made-up ones. */
export async function reviewsOf({ data }: Pick<Arguments, 'data'>): Promise<ReviewSet> {
  return data === undefined ? generatedReviews() : loadReviews(data);
}

/** Runs a program; what the user can mend is told in a line, with exit code 2. */
export async function runProgram(program: () => Promise<void>): Promise<void> {
  try {
    await program();
  } catch (error) {
    const known = error instanceof LstmError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    if (!known) throw error;
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
