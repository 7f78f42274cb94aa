import { DataError } from '@lstm/core';
import { counted } from '../format.ts';
import type { ForecastSettings } from './options.ts';
import type { Series } from './series.ts';

/** The first predicted step of every window, by part of the series. */
export interface Plan {
  /** Steps of the training part: scalers and weights see nothing after them. */
  readonly trained: number;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

const shares = { train: 0.7, validation: 0.15 };

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(end - start, 0) }, (_, i) => start + i);
}

/** The first steps of the targets of all windows of each part, and where training ends. */
function partsOf(time: number, window: number, horizon: number) {
  // Differences lose one step, and every preparation is tried on the same windows.
  const reach = window + 1;
  const trained = Math.floor(time * shares.train);
  const validated = Math.floor(time * (shares.train + shares.validation));
  return {
    trained,
    train: range(reach, trained - horizon + 1),
    validation: range(Math.max(trained, reach), validated - horizon + 1),
    test: range(Math.max(validated, reach), time - horizon + 1),
  };
}

/**
 * Splits a series chronologically: 70 % training, 15 % validation, 15 % test. All that a window predicts lies in its part; what it
 * looks back on may reach into the part before. Windows that end in a gap which was filled by what came later are left out, for they
 * look ahead, and so are those of which every target was filled.
 *
 * @throws DataError when a part is too short for a window, or gaps leave it none
 */
export function planOf(
  { guessed, foreseen }: Pick<Series, 'guessed' | 'foreseen'>,
  { window, horizon, wording: { option } }: Pick<ForecastSettings, 'window' | 'horizon' | 'wording'>,
): Plan {
  const time = guessed.length;
  const { trained, ...whole } = partsOf(time, window, horizon);
  const isWhole = ({ train, validation, test }: typeof whole): boolean =>
    train.length > 0 && validation.length > 0 && test.length > 0;
  if (!isWhole(whole)) {
    let least = time + 1;
    while (!isWhole(partsOf(least, window, horizon))) least++;
    throw new DataError(
      'forecast',
      `the series has ${counted(time, 'step')}.`,
      `A window of ${window} and a horizon of ${horizon} take at least ${least}: 70 % are for training, 15 % each for validation and test.`,
      `Shorten ${option('window')} or ${option('horizon')}.`,
    );
  }
  const isUsable = (first: number): boolean =>
    !foreseen[first - 1] && guessed.slice(first, first + horizon).includes(false);
  const usable = (part: keyof typeof whole): readonly number[] => {
    const firsts = whole[part].filter(isUsable);
    if (firsts.length > 0) return firsts;
    throw new DataError(
      'forecast',
      `gaps leave the ${part === 'train' ? 'training' : part} part no window.`,
      'What was filled is not scored, and a window does not end in a gap that was filled by what came later.',
      `Use ${option('fill', 'previous')}, or a part of the file with fewer gaps.`,
    );
  };
  return { trained, train: usable('train'), validation: usable('validation'), test: usable('test') };
}
