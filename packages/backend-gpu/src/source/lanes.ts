import type { Lanes, LaneText } from '../device.ts';
import { rowTexels } from './helpers.ts';
import { type Walk, walkIndex, walkTexels } from './index-math.ts';

/** Index of the texel that a thread makes. */
export const texelIndex: string = `(this.thread.x + this.thread.y * ${rowTexels})`;

/** Names of the inputs in a source. */
export const inputNames: readonly string[] = [...'abcdefghijklmnop'];

/** Returns the index of the element that lane `lane` of a thread makes. */
export function elementIndex(lanes: Lanes, lane: number): string {
  if (lanes === 1) return 'this.thread.x';
  return lane === 0 ? `${texelIndex} * 4` : `(${texelIndex} * 4 + ${lane})`;
}

/** How an expression gets at one input. */
export interface Reader {
  readonly kind: 'texel' | 'element';
  /** Statements before the first value. */
  readonly before: string;
  /** Source of the value for one lane. */
  value(lane: number): string;
}

/** Returns a reader of the elements that a walk leads to; whole texels at once where they lie so. */
export function walkReader(name: string, walk: Walk, lanes: Lanes): Reader {
  const { dims, strides, start } = walk;
  if (lanes === 1) {
    return { kind: 'element', before: '', value: () => `${name}[${walkIndex(walk, 'this.thread.x')}]` };
  }
  const last = dims.length - 1;
  if (strides.every((stride) => stride === 0)) {
    const before = `const ${name}_ = ${name}[${start}];`;
    return { kind: 'element', before, value: () => `${name}_` };
  }
  const texels = walkTexels(walk);
  if (texels !== undefined) {
    const before = `const ${name}_ = ${name}[${walkIndex(texels, texelIndex)}];`;
    return { kind: 'texel', before, value: (lane) => `${name}_[${lane}]` };
  }
  // The last axis repeats one element, at least for a whole texel.
  if (strides[last] === 0 && (dims[last] as number) % 4 === 0) {
    const quarter = { dims: dims.with(last, (dims[last] as number) / 4), strides, start };
    const before = `const ${name}_ = ${name}[${walkIndex(quarter, texelIndex)}];`;
    return { kind: 'element', before, value: () => `${name}_` };
  }
  return { kind: 'element', before: '', value: (lane) => `${name}[${walkIndex(walk, elementIndex(4, lane))}]` };
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
  const names = inputNames.slice(0, kinds.length);
  const statements: string[] = [before];
  const values: string[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const made = body(lane);
    statements.push(made.statements.replaceAll('$', String(lane)));
    values.push(made.value.replaceAll('$', String(lane)));
  }
  const result = lanes === 1 ? (values[0] as string) : `[${values.join(', ')}]`;
  return { source: `function(${names.join(', ')}) { ${statements.join('\n')} return ${result}; }`, reads: kinds };
}
