import {
  allCells,
  type Cell,
  cellName,
  type MeasuredSteps,
  ownFile,
  ownStartFile,
  pytorchFile,
  readSteps,
  type Steps,
  type Verdict,
  verdictOf,
} from './steps.ts';

/** What both libraries took. */
export interface Measured {
  readonly ours: MeasuredSteps;
  /** From the same initial values, with the same batches. */
  readonly pytorch: MeasuredSteps;
  /** PyTorch with initial values and batches of its own. */
  readonly ownStart: MeasuredSteps;
}

/** Resolves to what this repository holds. */
export async function readMeasured(): Promise<Measured> {
  const [ours, pytorch, ownStart] = await Promise.all([ownFile, pytorchFile, ownStartFile].map(readSteps));
  return { ours, pytorch, ownStart } as Measured;
}

/** A row of the table. */
export interface Row {
  readonly cell: Cell;
  /** Steps of each seed. */
  readonly ours: Steps;
  readonly pytorch: Steps;
  readonly ownStart: Steps;
  readonly verdict: Verdict | undefined;
}

/** What the last column says. */
export const rule: string =
  'A seed has the same initial values and batches in both. The mean of our seeds may be above PyTorch’s of the same seeds by one standard deviation of all its seeds or 1 %, whichever is more; an unsolved run counts with the limit of steps.';

/** Returns steps as they are shown. */
export const counted = (steps: number | null): string =>
  steps === null ? 'not' : Math.round(steps).toLocaleString('en');

const listed = (steps: Steps): string => (steps.length === 0 ? 'not run' : steps.map(counted).join(', '));

/** Returns how many seeds solved a problem, and in how many steps: `3 of 3, in 900–1,100`. */
export function inShort(steps: Steps): string {
  const solved = steps.filter((count) => count !== null);
  const range = [...new Set([Math.min(...solved), Math.max(...solved)])].map(counted).join('–');
  if (steps.length === 0) return 'not run';
  return `${solved.length} of ${steps.length}${solved.length === 0 ? '' : `, in ${range}`}`;
}

/** Returns whether ours is not worse, and by which numbers. */
export function verdictText(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'not compared';
  const { ours, limit, holds } = verdict;
  return `${holds ? 'holds' : 'missed'}: ${counted(ours)} ${holds ? '≤' : '>'} ${counted(limit)}`;
}

/** Returns the rows of all cells. */
export function rowsOf({ ours, pytorch, ownStart }: Measured): readonly Row[] {
  return allCells.map((cell) => {
    const stepsIn = ({ steps }: MeasuredSteps): Steps => steps[cellName(cell)] ?? [];
    const [own, same, other] = [stepsIn(ours), stepsIn(pytorch), stepsIn(ownStart)];
    return { cell, ours: own, pytorch: same, ownStart: other, verdict: verdictOf(cell.problem, own, same) };
  });
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Returns the table of everything, for the README. */
function wholeTable(measured: Measured): string {
  const rows = rowsOf(measured).map(({ cell: { problem, time, contender }, ours, pytorch, ownStart, verdict }) => [
    `${problem.name} ${time}`,
    contender.name,
    listed(ours),
    listed(pytorch),
    verdict?.holds === false ? `**${verdictText(verdict)}**` : verdictText(verdict),
    listed(ownStart),
  ]);
  return markdown(['problem, T', 'layer', 'ours', 'PyTorch', 'not worse', 'PyTorch, its own start'], rows);
}

/** Returns the table of one problem from some length on, for the site. */
function problemTable(measured: Measured, name: string, shortest: number): string {
  const rows = rowsOf(measured)
    .filter(({ cell: { problem, time } }) => problem.name === name && time >= shortest)
    .map(({ cell: { time, contender }, ours }) => [`${time}`, contender.name, inShort(ours)]);
  return markdown(['steps', 'layer', 'solved, in training steps'], rows);
}

/** Where the tables stand: files, and what goes between which comments. */
export const tableFiles: readonly {
  readonly file: URL;
  readonly tables: Readonly<Record<string, (measured: Measured) => string>>;
}[] = [
  { file: new URL('../README.md', import.meta.url), tables: { steps: wholeTable } },
  {
    file: new URL('../../../docs/learn/why-rnns-forget.md', import.meta.url),
    tables: {
      'adding problem': (measured) => problemTable(measured, 'adding', 100),
      'first-symbol recall': (measured) => problemTable(measured, 'recall', 20),
    },
  },
];

/** Returns a text with its tables as they are measured; throws where one has no place. */
export function withTables(text: string, tables: (typeof tableFiles)[number]['tables'], measured: Measured): string {
  return Object.entries(tables).reduce((before, [name, table]) => {
    const [start, end] = [`<!-- ${name}: pnpm tables -->`, '<!-- end -->'];
    const from = before.indexOf(start);
    const to = before.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`there is no place for the table ${name}`);
    return `${before.slice(0, from)}${start}\n\n${table(measured)}\n\n${before.slice(to)}`;
  }, text);
}
