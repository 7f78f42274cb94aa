import type { Lanes, LaneText } from '../device.ts';
import { rowTexels } from './helpers.ts';

/** Index of the texel that a thread makes. */
export const texelIndex: string = `(this.thread.x + this.thread.y * ${rowTexels})`;

/** Names of the inputs in a source. */
export const inputNames: readonly string[] = [...'abcdefghijklmnop'];

/** Returns the index of the element that lane `lane` of a thread makes. */
export function elementIndex(lanes: Lanes, lane: number): string {
  if (lanes === 1) return 'this.thread.x';
  return lane === 0 ? `${texelIndex} * 4` : `(${texelIndex} * 4 + ${lane})`;
}

/** Statements and the value they lead to, for one lane. */
export interface LaneBody {
  readonly statements: string;
  readonly value: string;
}

/**
 * Returns the source of a kernel whose lanes do the same for neighbouring elements. In the body a `$` stands for the number of
 * the lane, so that each lane has variables of its own.
 */
export function laneKernel(
  lanes: Lanes,
  kinds: readonly ('texel' | 'element')[],
  before: string,
  body: (lane: number) => LaneBody,
): LaneText {
  const statements: string[] = [before];
  const values: string[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const made = body(lane);
    statements.push(made.statements.replaceAll('$', String(lane)));
    values.push(made.value.replaceAll('$', String(lane)));
  }
  const result = lanes === 1 ? (values[0] as string) : `[${values.join(', ')}]`;
  return { body: `${statements.join('\n')} return ${result};`, reads: kinds };
}
