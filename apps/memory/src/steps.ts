import { readFile, writeFile } from 'node:fs/promises';
import { type Contender, contenders } from './contenders.ts';
import { createLearner, disposeLearner, stepsToSolve } from './learner.ts';
import { type Problem, problems } from './problems.ts';

/** One cell of the table: a layer on a problem of a length. */
export interface Cell {
  readonly problem: Problem;
  readonly time: number;
  readonly contender: Contender;
}

/** Training steps until a problem was solved, one for each seed; `null` where it was not within the limit. */
export type Steps = readonly (number | null)[];

/** Steps by the name of the cell, and with what they were measured. */
export interface MeasuredSteps {
  readonly versions: string;
  readonly steps: Readonly<Record<string, Steps>>;
}

/** What this repository holds: ours, and PyTorch's by `reference/train.py` from the same start and from its own. */
export const ownFile: URL = new URL('../results.json', import.meta.url);
export const pytorchFile: URL = new URL('../reference/results.json', import.meta.url);
export const ownStartFile: URL = new URL('../reference/own-start.json', import.meta.url);

/** All cells, in the order of the tables. */
export const allCells: readonly Cell[] = problems.flatMap((problem) =>
  problem.times.flatMap((time) => contenders.map((contender) => ({ problem, time, contender }))),
);

/** Returns the name of a cell. */
export function cellName({ problem, time, contender }: Cell): string {
  return `${problem.name} ${time}, ${contender.name}`;
}

/** Resolves to the steps of a file. */
export async function readSteps(file: URL): Promise<MeasuredSteps> {
  return JSON.parse(await readFile(file, 'utf8')) as MeasuredSteps;
}

/** Writes steps, a line for each cell in the order of the tables. */
export async function writeSteps(file: URL, { versions, steps }: MeasuredSteps): Promise<void> {
  const names = new Set([...allCells.map(cellName), ...Object.keys(steps)]);
  const lines = [...names].flatMap((name) => {
    const found = steps[name];
    return found === undefined ? [] : [`    ${JSON.stringify(name)}: [${found.map(String).join(', ')}]`];
  });
  await writeFile(file, `{\n  "versions": ${JSON.stringify(versions)},\n  "steps": {\n${lines.join(',\n')}\n  }\n}\n`);
}

/** Resolves to the steps of one seed in a cell. */
export async function measure(
  { problem, time, contender }: Cell,
  seed: number,
  limit?: number,
): Promise<number | null> {
  const options = { time, seed, ...(limit !== undefined && { limit }) };
  const learner = createLearner(contender, problem, options);
  try {
    return await stepsToSolve(learner, problem, options);
  } finally {
    disposeLearner(learner);
  }
}

/** How PyTorch and we compare in a cell. */
export interface Verdict {
  readonly ours: number;
  /** Mean of the same seeds. */
  readonly reference: number;
  /** The most that ours may be: PyTorch's mean, and the standard deviation of all its seeds or one part in a hundred, whichever is more. */
  readonly limit: number;
  /** Whether ours is not above the limit. */
  readonly holds: boolean;
}

/** Returns the mean of steps, with the limit of the problem where it was not solved. */
export function meanSteps(steps: Steps, { limit }: Problem): number {
  return steps.reduce<number>((total, count) => total + (count ?? limit), 0) / steps.length;
}

/** Returns how the steps of a cell compare; `undefined` where fewer than three seeds of either say nothing. */
export function verdictOf(problem: Problem, ours: Steps = [], reference: Steps = []): Verdict | undefined {
  if (ours.length < 3 || reference.length < 3) return undefined;
  const mean = (steps: Steps): number => meanSteps(steps, problem);
  const [own, same, all] = [mean(ours), mean(reference.slice(0, ours.length)), mean(reference)];
  const squares = reference.reduce<number>((total, count) => total + ((count ?? problem.limit) - all) ** 2, 0);
  const limit = same + Math.max(Math.sqrt(squares / (reference.length - 1)), 0.01 * same);
  return { ours: own, reference: same, limit, holds: own <= limit };
}
