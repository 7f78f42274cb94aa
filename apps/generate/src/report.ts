import { escapeHtml, reportPage } from '@lstm/cli';
import type { Learner } from './learner.ts';
import type { ByDistance } from './measure.ts';

/** A text that was written. */
export interface Sample {
  /** How it was sampled. */
  readonly how: string;
  readonly prompt: string;
  readonly text: string;
}

/** A piece of held-out text with the bits that each of its characters took. */
export interface Surprise {
  readonly text: string;
  readonly bits: ArrayLike<number>;
}

/** What a report shows. */
export interface Results {
  readonly learner: Learner;
  readonly baselineBits: number;
  readonly byDistance: ByDistance;
  readonly surprise: Surprise;
  readonly samples: readonly Sample[];
  /** Of the training, where it was done in one go. */
  readonly seconds: number | undefined;
}

/** The scores as a table, best first. */
export function scoreRows({ learner, baselineBits }: Results): readonly (readonly string[])[] {
  const ours = learner.curve.at(-1)?.heldOut ?? Number.NaN;
  const uniform = Math.log2(learner.tokenizer.vocabulary.length);
  const rows = [
    ['LSTM', ours],
    ['5-gram', baselineBits],
    ['every character alike', uniform],
  ] as const;
  return rows.toSorted(([, a], [, b]) => a - b).map(([name, bits]) => [name, bits.toFixed(3)]);
}

/** How strongly a character is marked: not at all where it was expected, fully from 8 bits on. */
function marked(character: string, bits: number): string {
  const share = Math.round(Math.min(1, bits / 8) * 70);
  const escaped = escapeHtml(character);
  if (share < 6) return escaped;
  const title = `${bits.toFixed(1)} bits`;
  return `<span title="${title}" style="background:color-mix(in srgb,var(--ours) ${share}%,transparent)">${escaped}</span>`;
}

function surpriseHtml({ text, bits }: Surprise): string {
  const marks = [...text].map((character, i) => marked(character, bits[i] ?? 0));
  return `<pre>${marks.join('')}</pre>`;
}

function sampleHtml({ how, prompt, text }: Sample): string {
  return `<p><strong>${escapeHtml(how)}</strong></p><pre><em>${escapeHtml(prompt)}</em>${escapeHtml(text)}</pre>`;
}

/** Says what the chart of {@link ByDistance} shows. */
function distanceText({ seen, network, baseline }: ByDistance): string {
  const [end, afterFour] = [network.at(-1) ?? Number.NaN, network[seen.indexOf(4)] ?? Number.NaN];
  const gain = afterFour - end > 0.05 ? 'the network goes on gaining' : 'the network has learned no more than that yet';
  const better = end < (baseline.at(-1) ?? Number.NaN) ? '' : ', and the 5-gram is still better';
  return `Bits for a character by how many were seen before it, from an empty state. A 5-gram looks at four; ${gain}${better}.`;
}

/** Resolves to the page of a training. */
export function reportOf(results: Results): Promise<string> {
  const { learner, baselineBits, byDistance, surprise, samples, seconds } = results;
  const { curve, corpus, plan, model, tokenizer } = learner;
  const weights = model.network.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return reportPage({
    title: `${corpus}: a network that writes, character by character`,
    parts: [
      {
        text: 'Bits per character on held-out text: how much the next character surprises, on average. Lower is better.',
        table: { head: ['held-out text', 'bits per character'], rows: scoreRows(results), ours: 0 },
      },
      {
        title: 'Training',
        text: 'The states of both LSTMs are carried from batch to batch; gradients end at its beginning and are clipped.',
        chart: {
          xLabel: 'training step',
          yLabel: 'bits per character',
          x: curve.map(({ step }) => step),
          lines: [
            { label: 'training text', color: 'truth', values: curve.map(({ train }) => train) },
            { label: 'held-out text', color: 'ours', values: curve.map(({ heldOut }) => heldOut), points: true },
            { label: '5-gram', color: 'baseline', values: curve.map(() => baselineBits), dash: [4, 4] },
          ],
        },
      },
      {
        title: 'What the state is worth',
        text: distanceText(byDistance),
        chart: {
          xLabel: 'characters seen before',
          yLabel: 'bits per character',
          x: byDistance.seen,
          lines: [
            { label: 'LSTM', color: 'ours', values: byDistance.network, points: true },
            { label: '5-gram', color: 'baseline', values: byDistance.baseline, points: true },
          ],
        },
      },
      {
        title: 'Where it is surprised',
        text: 'Held-out text. The stronger the color, the more bits the character took; compare where names and words start with where they end.',
        html: surpriseHtml(surprise),
      },
      {
        title: 'What it writes',
        ...(samples.some(({ prompt }) => prompt.trim() !== '') && { text: 'In italics what it was given.' }),
        html: samples.map(sampleHtml).join('\n'),
      },
    ],
    footer: [
      `${tokenizer.vocabulary.length} characters; embedding of ${plan.embedding}, two LSTMs of ${plan.units} units, ${weights} weights`,
      `${plan.readers} readers of ${plan.steps} characters, ${model.optimizer.iterations} steps, seed ${plan.seed}`,
      ...(seconds === undefined ? [] : [`trained in ${seconds.toFixed(0)} s`]),
    ]
      .join('; ')
      .concat('. Made by @lstm.'),
  });
}
