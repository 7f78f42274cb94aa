import { type ChartLine, type ReportPart, type ReportTable, reportPage } from '@lstm/cli';
import type { ContenderName } from './contenders.ts';
import type { GradientFlow } from './gradient-flow.ts';
import { problems } from './problems.ts';
import type { Story, Told } from './story.ts';
import { counted, inShort, type Measured, rowsOf, rule } from './tables.ts';

/** Everything that a report shows. */
export interface Results {
  readonly stories: readonly Story[];
  /** The whole table, measured before. */
  readonly measured: Measured;
  readonly seed: number;
}

/** Below this a gradient counts as vanished, and its line ends. */
const vanished = 1e-12;

const looks: Readonly<Record<ContenderName, Pick<ChartLine, 'color' | 'dash'>>> = {
  'simple RNN': { color: 'truth', dash: [3, 4] },
  'simple RNN, orthogonal': { color: 'truth' },
  GRU: { color: 'baseline' },
  'LSTM, forget bias 1': { color: 'other' },
  'LSTM, chrono': { color: 'ours' },
};

/** Returns the chart of one kind of gradients; layers without it have no line. */
function flowChart(
  { time, layers }: Story,
  title: string,
  text: string,
  normsOf: (told: Told) => GradientFlow['c'],
): ReportPart {
  const lines = layers.flatMap((told): ChartLine[] => {
    const norms = normsOf(told);
    if (norms === undefined) return [];
    const values = norms.map((norm) => (norm < vanished ? null : norm));
    return [{ label: told.name, ...looks[told.name], values }];
  });
  const x = Array.from({ length: time }, (_, t) => t + 1);
  return {
    title,
    text,
    chart: { xLabel: 'step t of the sequence', yLabel: 'norm of the gradient', x, log: true, lines },
  };
}

const words = {
  adding: { title: 'Adding problem', question: 'what is the sum of the two marked numbers?' },
  recall: { title: 'First-symbol recall', question: 'which of eight symbols came first?' },
} as const;

function storyParts(story: Story): readonly ReportPart[] {
  const { problem, time, limit, layers } = story;
  const { title, question } = words[problem.name];
  const what = `${title}, ${time} steps`;
  const opened = layers.some(({ name, steps }) => !name.startsWith('simple') && steps !== null);
  return [
    {
      title: `${what}: ${question}`,
      table: {
        head: ['layer of 64 units', `training steps until solved, at most ${counted(limit)}`],
        rows: layers.map(({ name, steps }) => [name, counted(steps)]),
      },
    },
    flowChart(
      story,
      `‖∂L/∂hₜ‖ before training: ${what}`,
      'How much the loss depends on the state after step t, for each layer as it starts. A line that ends has fallen below 10⁻¹²: what was read there cannot be learned from.',
      ({ before }) => before.h,
    ),
    flowChart(
      story,
      `‖∂L/∂cₜ‖ before training: ${what}`,
      'The same for the cell state, which only an LSTM has.',
      ({ before }) => before.c,
    ),
    flowChart(
      story,
      `‖∂L/∂hₜ‖ after training: ${what}`,
      opened
        ? 'A gated layer that has solved it has learned to let the gradient through.'
        : 'No gated layer has solved it: none has learned to let the gradient through.',
      ({ after }) => after.h,
    ),
    flowChart(story, `‖∂L/∂cₜ‖ after training: ${what}`, 'The cell state again.', ({ after }) => after.c),
  ];
}

/** Returns the table of one problem: a row for each length and layer. */
function wholeTable(problem: (typeof problems)[number], measured: Measured): ReportTable {
  const rows = rowsOf(measured).filter((row) => row.cell.problem === problem);
  return {
    head: ['length and layer', 'ours', 'PyTorch', 'not worse'],
    rows: rows.map(({ cell: { time, contender }, ours: own, pytorch: theirs, verdict }) => [
      `T = ${time}, ${contender.name}`,
      inShort(own),
      inShort(theirs),
      verdict === undefined ? 'not compared' : verdict.holds ? 'yes' : 'no',
    ]),
  };
}

/** Resolves to a page that needs nothing but itself. */
export function reportOf({ stories, measured, seed }: Results): Promise<string> {
  return reportPage({
    title: 'Why LSTMs exist, and where they forget too',
    parts: [
      {
        text: 'The textbook says: plain recurrent networks forget after some 20 steps, LSTMs do not. The second half is true only where the forget gate starts open for as long as the question needs. Gradients show it before the first training step, and training confirms it.',
      },
      ...stories.flatMap(storyParts),
      ...problems.map((problem) => ({
        title: `All lengths: ${words[problem.name].title.toLowerCase()}`,
        text: `How many seeds solved it, and in how many training steps, at most ${counted(problem.limit)}; 64 units, batches of 32, Adam 0.002 with ε 10⁻⁸, gradient norm at most 1. Measured before this run. ${rule}`,
        table: wholeTable(problem, measured),
      })),
    ],
    footer: `Charts: this run, seed ${seed}. Tables of all lengths: ${measured.ours.versions}; ${measured.pytorch.versions}. Made by @lstm.`,
  });
}
