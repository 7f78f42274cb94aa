import { parseArgs } from 'node:util';
import type { BackendName } from '@lstm/cli';
import { LstmError, OptionError } from '@lstm/core';
import { type Contender, contenders } from './contenders.ts';
import { type Problem, problems } from './problems.ts';
import type { Cell } from './steps.ts';

/** What the command line asked for. */
export interface Arguments {
  readonly backend: BackendName;
  readonly seed: number;
  /** How many seeds, from 0 on. */
  readonly seeds: number;
  readonly limit?: number;
  readonly out?: string;
  readonly figure?: string;
  readonly json?: string;
  readonly resume: boolean;
  readonly cells: readonly Cell[];
  /** Whether `cells` and `seeds` are less than the whole table. */
  readonly isPart: boolean;
}

function refuse(option: string, given: string, allowed: string): never {
  throw new OptionError('memory', `--${option} is ${given}.`, `It is ${allowed}.`, 'Leave it out for all.');
}

function count(option: string, text: string, minimum: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= minimum) return value;
  const rule = `It is a whole number of at least ${minimum}.`;
  throw new OptionError('memory', `--${option} is ${text}.`, rule, `Write for example --${option} 3.`);
}

/** The cells of the table that problem, time and layer leave. */
function chosenCells(given: Readonly<Record<string, string>>): readonly Cell[] {
  const { problem: problemName, time: timeText, layer } = given;
  const among = <T extends Problem | Contender>(
    option: string,
    name: string | undefined,
    all: readonly T[],
  ): readonly T[] => {
    const found = all.filter((each) => name === undefined || each.name === name);
    return found.length > 0 ? found : refuse(option, String(name), all.map((each) => each.name).join(' or '));
  };
  const layers = among('layer', layer, contenders);
  return among('problem', problemName, problems).flatMap((problem) => {
    const times = timeText === undefined ? problem.times : [count('time', timeText, 1)];
    return times.flatMap((time) => layers.map((contender) => ({ problem, time, contender })));
  });
}

const selecting = ['problem', 'time', 'layer'] as const;

/**
 * Returns the arguments of the command line; `allowed` names the options that the program takes besides the backend.
 *
 * @throws OptionError when a value is out of its range, TypeError when an option is unknown
 */
export function argumentsOf(
  args: readonly string[],
  allowed: readonly ('seed' | 'limit' | 'out' | 'figure' | 'json' | 'resume' | 'seeds' | (typeof selecting)[number])[],
): Arguments {
  const type = (name: string): { type: 'string' | 'boolean' } => ({ type: name === 'resume' ? 'boolean' : 'string' });
  const options = Object.fromEntries(['backend', ...allowed].map((name) => [name, type(name)]));
  const { values } = parseArgs({ args: [...args], options });
  const { resume = false, ...texts } = values as Record<string, string> & { resume?: boolean };
  const { backend = 'auto', seed = '0', seeds = '3', limit, out, figure, json } = texts as Record<string, string>;
  return {
    // chooseBackend refuses other names.
    backend: backend as BackendName,
    seed: count('seed', seed, 0),
    seeds: count('seeds', seeds, 1),
    isPart: Number(seeds) < 3 || selecting.some((name) => texts[name] !== undefined),
    resume,
    cells: chosenCells(texts),
    ...(limit !== undefined && { limit: count('limit', limit, 1) }),
    ...(out !== undefined && { out }),
    ...(figure !== undefined && { figure }),
    ...(json !== undefined && { json }),
  };
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
