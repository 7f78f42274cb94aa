import type { RecurrentStackLayer } from '../../backend/fused.ts';

const tensorNames = [
  'kernel',
  'recurrentKernel',
  'bias',
  'h0',
  'c0',
  'dropoutMask',
  'recurrentDropoutMask',
  'h',
  'c',
] as const;

/** Names of the inputs and outputs of one layer and direction of a recurrent stack. */
export type RecurrentStackNames = Readonly<Record<(typeof tensorNames)[number], string>>;

type Direction = RecurrentStackLayer['directions'][number];

const made: Readonly<Record<Direction, RecurrentStackNames[]>> = { forward: [], reverse: [] };

/**
 * Returns the names `<layer>.<direction>.<name>` of the tensors of one layer and direction in {@link recurrentStack}. They are made
 * once: to look something up by a name that was joined a moment ago takes many times as long.
 *
 * @param layer - Index of the layer, from 0.
 * @param direction - One of the directions of that layer.
 *
 * @example
 * ```ts
 * import { recurrentStackNames } from '@lstm/core';
 *
 * console.log(recurrentStackNames(0, 'forward').kernel); // => 0.forward.kernel
 * ```
 */
export function recurrentStackNames(layer: number, direction: Direction): RecurrentStackNames {
  const known = made[direction][layer];
  if (known !== undefined) return known;
  const entries = tensorNames.map((name) => [name, `${layer}.${direction}.${name}`]);
  const names = Object.fromEntries(entries) as RecurrentStackNames;
  made[direction][layer] = names;
  return names;
}
