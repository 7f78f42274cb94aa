import { escapeHtml } from '@lstm/cli';
import type { Example } from '../experiment.ts';
import type { WordEffect } from '../models/attribution.ts';

/** How words and bars look, for light and dark. */
export const wordStyle = `<style>
:root { --up: #2f9e44; --down: #c2255c; }
@media (prefers-color-scheme: dark) { :root { --up: #51cf66; --down: #f783ac; } }
.up { --hue: var(--up); } .down { --hue: var(--down); }
.review { margin: 1.1rem 0; } .verdict { font-size: 0.85rem; margin: 0; } .wrong { text-decoration: line-through; }
.words { margin: 0; line-height: 2.1; }
.word { padding: 0.1rem 0.25rem 0.3rem; border-radius: 0.2rem;
  background: linear-gradient(var(--hue), var(--hue)) left bottom / var(--share) 0.2rem no-repeat,
    color-mix(in srgb, var(--hue) calc(var(--share) * 0.5), transparent); }
.columns { display: flex; flex-wrap: wrap; gap: 1rem 3rem; } .effects { flex: 1 1 18rem; }
.bar { width: 40%; } .bar i { display: block; height: 0.7rem; background: var(--hue); border-radius: 0.15rem; }
</style>`;

/** Returns how colours are read. */
export const wordLegend = `<p>The gradient of the log-odds times the word's embedding. <span class="word up" style="--share:100%">Green</span>
words speak for positive, <span class="word down" style="--share:100%">red</span> ones for negative; the bar compares with the strongest
word of the review. Percentages are probabilities of positive, struck out where the model is wrong.</p>`;

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
const side = (value: number): string => (value < 0 ? 'down' : 'up');
const mood = (probability: number): string => (probability > 0.5 ? 'positive' : 'negative');

/** A word on a ground as strong as its share of the strongest, over a bar of that height. */
function wordHtml(word: string, moved: number, strongest: number): string {
  const share = Math.round((100 * Math.abs(moved)) / (strongest || 1));
  return `<span class="word ${side(moved)}" style="--share:${share}%" title="${signed(moved)}">${escapeHtml(word)}</span>`;
}

/** Returns a review with its words coloured by what they did to the score. */
export function exampleHtml({ review, attribution: { words, moved, probability }, bagOfWords }: Example): string {
  const strongest = Math.max(...moved.map(Math.abs));
  const truth = mood(review.label);
  const verdict = (name: string, chance: number): string =>
    `<span class="${mood(chance) === truth ? 'right' : 'wrong'}">${name} ${Math.round(100 * chance)} %</span>`;
  return `<div class="review"><p class="verdict">${truth}: ${verdict('LSTM', probability)}, ${verdict('bag of words', bagOfWords)}</p>
<p class="words">${words.map((word, i) => wordHtml(word, moved[i] as number, strongest)).join(' ')}</p></div>`;
}

/** Returns bars of the words that move scores most, one column for each direction. */
export function strongestHtml(columns: readonly (readonly WordEffect[])[]): string {
  const strongest = Math.max(...columns.flat().map(({ moved }) => Math.abs(moved)));
  const row = ({ word, moved, count }: WordEffect): string =>
    `<tr><td>${escapeHtml(word)}</td><td class="bar ${side(moved)}"><i style="width:${Math.round((100 * Math.abs(moved)) / strongest)}%"></i></td><td>${signed(moved)}</td><td>${count}</td></tr>`;
  const column = (title: string, effects: readonly WordEffect[]): string =>
    `<table class="effects"><thead><tr><th>${title}</th><th></th><th>moves by</th><th>times</th></tr></thead><tbody>${effects.map(row).join('\n')}</tbody></table>`;
  return `<div class="columns">${column('towards positive', columns[0] ?? [])}${column('towards negative', columns[1] ?? [])}</div>`;
}
