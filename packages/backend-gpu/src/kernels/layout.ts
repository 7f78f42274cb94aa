import { type Shape, sizeOf, stridesOf } from '@lstm/core';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel, texelIndex } from '../source/lanes.ts';
import type { GpuView, Store } from '../store.ts';
import { mapWalks } from './elementwise.ts';

/** Copies the elements that `strides` lead to from `start`. */
function copyWalk(
  store: Store,
  where: string,
  x: GpuView,
  shape: Shape,
  strides: readonly number[],
  start: number,
): GpuView {
  const walk = { dims: shape, strides, start };
  return mapWalks(store, where, [{ view: x, walk }], (value) => value, { shape, dtype: x.dtype }, 'copy');
}

/** The kernel `transpose`. */
export function transpose(store: Store, x: GpuView, permutation: readonly number[]): GpuView {
  const strides = stridesOf(x.shape);
  const take = (values: readonly number[]): number[] => permutation.map((axis) => values[axis] as number);
  return copyWalk(store, 'transpose', x, take(x.shape), take(strides), 0);
}

/** The kernel `slice`. */
export function slice(store: Store, x: GpuView, begin: readonly number[], size: Shape): GpuView {
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, from, axis) => sum + from * (strides[axis] as number), 0);
  return copyWalk(store, 'slice', x, size, strides, start);
}

/** The kernel `flip`. */
export function flip(store: Store, x: GpuView, axes: readonly number[]): GpuView {
  const strides = stridesOf(x.shape);
  const start = axes.reduce((sum, axis) => sum + ((x.shape[axis] as number) - 1) * (strides[axis] as number), 0);
  const steps = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  return copyWalk(store, 'flip', x, x.shape, steps, start);
}

// Of the 16 textures that a WebGL2 kernel may read.
const concatAtOnce = 8;

/** The kernel `concat`. */
export function concat(store: Store, xs: readonly GpuView[], axis: number): GpuView {
  const filled = xs.filter(({ handle }) => handle.size > 0);
  const parts = filled.length > 0 ? filled : xs;
  if (parts.length <= concatAtOnce) return concatFew(store, parts, axis);
  const groups: GpuView[] = [];
  const made: GpuView[] = [];
  for (let i = 0; i < parts.length; i += concatAtOnce) {
    const group = parts.slice(i, i + concatAtOnce);
    if (group.length === 1) groups.push(group[0] as GpuView);
    else groups.push(made[made.push(concatFew(store, group, axis)) - 1] as GpuView);
  }
  const result = concat(store, groups, axis);
  for (const { handle } of made) store.free(handle);
  return result;
}

function concatFew(store: Store, xs: readonly GpuView[], axis: number): GpuView {
  const first = xs[0] as GpuView;
  const shape = first.shape.with(
    axis,
    xs.reduce((sum, x) => sum + (x.shape[axis] as number), 0),
  );
  const widths = xs.map((x) => sizeOf(x.shape.slice(axis)));
  const whole = store.device.lanes === 4 && widths.every((width) => width % 4 === 0);
  let width = 0;
  // Where each part ends in a row of the result.
  const ends = widths.map((own, i) => {
    width += whole ? own / 4 : own;
    return [`end${i}`, width] as const;
  });
  return store.run({
    where: 'concat',
    key: `concat|${xs.length}|${whole}`,
    text: (lanes) => {
      const kinds = xs.map(() => (whole ? 'texel' : 'element') as 'texel' | 'element');
      /** Statements that set `value` to what lies at `at` of the result. */
      const pick = (value: string, at: string): string => {
        const row = quotient(at, `end${xs.length - 1}`);
        const column = residue(at, `end${xs.length - 1}`);
        const choices = xs.map((_, i) => {
          const index =
            i === 0 ? `${row} * end0 + ${column}` : `${row} * (end${i} - end${i - 1}) + ${column} - end${i - 1}`;
          return `if (${column} < end${i}) { ${value} = ${inputNames[i]}[${index}]; }`;
        });
        return choices.join(' else ');
      };
      if (!whole) {
        return laneKernel(lanes, kinds, '', (lane) => ({
          statements: `let v$ = 0; ${pick('v$', elementIndex(lanes, lane))}`,
          value: 'v$',
        }));
      }
      return laneKernel(lanes, kinds, `let v = [0, 0, 0, 0]; ${pick('v', texelIndex)}`, (lane) => ({
        statements: '',
        value: `v[${lane}]`,
      }));
    },
    inputs: xs,
    lengths: Object.fromEntries(ends),
    shape,
    dtype: first.dtype,
  });
}

/** Returns a copy whose last axis is filled up with zeros to a multiple of 4, so that every row starts a texel. */
export function padRows(store: Store, x: GpuView): GpuView {
  const width = x.shape.at(-1) as number;
  const padded = 4 * Math.ceil(width / 4);
  return store.run({
    where: 'pad',
    key: 'pad',
    text: (lanes) =>
      laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const column = residue(at, 'padded');
        return {
          statements: `let v$ = 0; if (${column} < width) { v$ = a[${times(quotient(at, 'padded'), 'width')} + ${column}]; }`,
          value: 'v$',
        };
      }),
    inputs: [x],
    lengths: { width, padded },
    shape: [...x.shape.slice(0, -1), padded],
    dtype: x.dtype,
  });
}
