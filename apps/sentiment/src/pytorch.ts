import { readFile } from 'node:fs/promises';
import { defaultSettings } from './models/classifier.ts';
import type { Scores } from './scores.ts';

/** What PyTorch's network reached, over its seeds. */
export type PyTorchScores = Readonly<Record<keyof Scores, { readonly mean: number; readonly sd: number }>>;

/** Resolves to what `reference/train.py` wrote for a set; `undefined` where it did not, or its networks had other epochs. */
export async function pytorchScores(set: string, epochs: number): Promise<PyTorchScores | undefined> {
  if (epochs !== defaultSettings.epochs) return undefined;
  const file = new URL('../reference/results.json', import.meta.url);
  return (JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, PyTorchScores>>)[set];
}
