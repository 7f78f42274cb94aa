import { readFile } from 'node:fs/promises';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type BackendName, chooseBackend } from '@lstm/cli';
import { DataError, LstmError, OptionError } from '@lstm/core';
import { defaultPlan, type Plan } from './model.ts';
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
function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new OptionError('generate', `--${flag} is ${text}.`, 'It is a number.', `Write for example --${flag} 1.`);
}

/**
 * Returns the whole number that a flag holds.
 *
 * @throws OptionError when it is none, or below `minimum`
 */
export function countOf(flag: string, text: string, minimum: number): number {
  const value = numberOf(flag, text);
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  const rule = `It is a whole number of at least ${minimum}.`;
  throw new OptionError('generate', `--${flag} is ${text}.`, rule, `Write for example --${flag} ${minimum}.`);
}

/**
 * Resolves to a model that `start` has saved.
 *
 * @throws DataError when the file cannot be read
 */
export async function readModel(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const [fact, rule] = [`${path} cannot be read (${code}).`, 'It is a model that start has saved.'];
    throw new DataError('generate', fact, rule, 'Run start first, without --resume.', { cause });
  }
}

/** Flags of a training plan. */
interface PlanFlags {
  readonly steps?: string | undefined;
  readonly seed?: string | undefined;
}

/** Returns how to train. */
export function planOf({ steps, seed }: PlanFlags): Plan {
  return {
    ...defaultPlan,
    ...(steps !== undefined && { trainingSteps: countOf('steps', steps, 1) }),
    ...(seed !== undefined && { seed: countOf('seed', seed, 0) }),
  };
}

/**
 * Resolves to the model that training is resumed from.
 *
 * @throws OptionError when flags ask for another plan than the one in the file
 */
export async function resumed(flags: PlanFlags, path: string): Promise<Uint8Array> {
  for (const name of ['steps', 'seed'] as const) {
    if (flags[name] === undefined) continue;
    const rule = 'Training goes on by the plan that the model was saved with.';
    throw new OptionError('generate', `--${name} stands beside --resume.`, rule, `Leave out --${name} or --resume.`);
  }
  return readModel(path);
}

/** Returns how to sample. */
export function samplingOf(
  flags: Readonly<Partial<Record<'temperature' | 'top-k' | 'top-p' | 'seed', string>>>,
): SamplingOptions {
  const { temperature, 'top-k': topK, 'top-p': topP, seed } = flags;
  return {
    ...(temperature !== undefined && { temperature: numberOf('temperature', temperature) }),
    ...(topK !== undefined && { topK: countOf('top-k', topK, 1) }),
    ...(topP !== undefined && { topP: numberOf('top-p', topP) }),
    ...(seed !== undefined && { seed: countOf('seed', seed, 0) }),
  };
}

type Options = NonNullable<ParseArgsConfig['options']> & { readonly backend: typeof commonFlags.backend };

/** The flags of a program by their options. */
type FlagsOf<O extends Options> = ReturnType<typeof parseArgs<{ readonly options: O }>>['values'];

/** Runs a program with the flags of the command line; what is wrong with its input is told in one line, with exit code 2. */
export async function runProgram<O extends Options>(
  options: O,
  program: (flags: FlagsOf<O>) => Promise<void>,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  try {
    const flags: FlagsOf<O> = parseArgs({ args: [...args], options }).values;
    const { name } = await chooseBackend((flags as { backend: string }).backend as BackendName);
    console.log(`backend: ${name}`);
    await program(flags);
  } catch (error) {
    const known = error instanceof LstmError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    if (!known) throw error;
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
