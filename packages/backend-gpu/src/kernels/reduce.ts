import { type DType, type ReduceKind, type Shape, sizeOf, stridesOf } from '@lstm/core';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, laneKernel, texelIndex } from '../source/lanes.ts';
import type { GpuView, Store } from '../store.ts';

/** One run of neighbouring axes: `[outer, length, inner] → [outer, 1, inner]`. */
interface Run {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

// A single thread adds up to this many; longer runs are cut into parts first, which also keeps rounding small.
const longest = 1024;

/** A maximum starts with the first value: gpu.js has no infinity. */
function startOf(kind: 'sum' | 'max', first: string): string {
  return kind === 'sum' ? '0' : first;
}

function step(kind: 'sum' | 'max', total: string, value: string): string {
  return kind === 'sum' ? `${total} += ${value};` : `${total} = maxOf(${total}, ${value});`;
}

/** Reduces one run; neighbouring results may be made from whole texels, and so may one result from whole texels of its run. */
function reduceRun(store: Store, kind: 'sum' | 'max', x: GpuView, { length, inner }: Run, shape: Shape): GpuView {
  const texels = store.device.lanes === 4;
  const way = texels && inner % 4 === 0 ? 'columns' : texels && inner === 1 && length % 4 === 0 ? 'rows' : 'elements';
  return store.run({
    where: kind,
    key: `${kind}|${way}`,
    text: (lanes) => {
      if (way === 'columns') {
        const from = `${times(quotient(texelIndex, 'inner'), 'length * inner')} + ${residue(texelIndex, 'inner')}`;
        const each = [0, 1, 2, 3];
        const before = `const first = a[${from}]; ${each.map((i) => `let s${i} = ${startOf(kind, `first[${i}]`)};`).join(' ')}
          for (let k = 0; k < count(length); k++) {
            const v = a[${from} + k * inner];
            ${each.map((i) => step(kind, `s${i}`, `v[${i}]`)).join(' ')}
          }`;
        return laneKernel(lanes, ['texel'], before, (lane) => ({ statements: '', value: `s${lane}` }));
      }
      if (way === 'rows') {
        return laneKernel(lanes, ['texel'], '', (lane) => ({
          statements: `const first$ = a[${times(elementIndex(4, lane), 'length')}]; let s$ = ${startOf(kind, 'first$[0]')};
            for (let k$ = 0; k$ < count(length); k$++) {
              const v$ = a[${times(elementIndex(4, lane), 'length')} + k$];
              ${[0, 1, 2, 3].map((i) => step(kind, 's$', `v$[${i}]`)).join(' ')}
            }`,
          value: 's$',
        }));
      }
      return laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const from = `${times(quotient(at, 'inner'), 'length * inner')} + ${residue(at, 'inner')}`;
        return {
          statements: `let s$ = ${startOf(kind, `a[${from}]`)}; for (let k$ = 0; k$ < count(length); k$++) { ${step(kind, 's$', `a[${from} + k$ * inner]`)} }`,
          value: 's$',
        };
      });
    },
    inputs: [x],
    lengths: {
      columns: { length, inner: inner / 4 },
      rows: { length: length / 4 },
      elements: { length, inner },
    }[way],
    shape,
    dtype: x.dtype,
  });
}

/** Reduces each run in parts of `chunk`, the last one shorter: `[outer, length, inner] → [outer, parts, inner]`. */
function reduceParts(store: Store, kind: 'sum' | 'max', x: GpuView, run: Run, chunk: number): GpuView {
  const { outer, length, inner } = run;
  const parts = Math.ceil(length / chunk);
  const whole = store.device.lanes === 4 && inner % 4 === 0;
  return store.run({
    where: kind,
    key: `${kind} parts|${whole}`,
    text: (lanes) => {
      /** Sources for a place in rows of `inner`: where its part starts, and one step from there. */
      const placesOf = (at: string) => {
        const first = times(residue(quotient(at, 'inner'), 'parts'), 'chunk');
        const from = `${times(quotient(at, 'parts * inner'), 'length * inner')} + ${residue(at, 'inner')}`;
        return {
          first,
          start: `a[${from} + ${first} * inner]`,
          next: `a[${from} + (${first} + k$) * inner]`,
        };
      };
      const loop = (first: string, body: string): string =>
        `const left$ = length - ${first}; for (let k$ = 0; k$ < count(chunk); k$++) { if (k$ < left$) { ${body} } }`;
      if (whole) {
        const { first, start, next } = placesOf(texelIndex);
        const each = [0, 1, 2, 3];
        const before = `const first = ${start}; ${each.map((i) => `let s${i} = ${startOf(kind, `first[${i}]`)};`).join(' ')}
          ${loop(first, `const v = ${next}; ${each.map((i) => step(kind, `s${i}`, `v[${i}]`)).join(' ')}`)}`;
        return laneKernel(4, ['texel'], before.replaceAll('$', ''), (lane) => ({ statements: '', value: `s${lane}` }));
      }
      return laneKernel(lanes, ['element'], '', (lane) => {
        const { first, start, next } = placesOf(elementIndex(lanes, lane));
        return {
          statements: `let s$ = ${startOf(kind, start)}; ${loop(first, step(kind, 's$', next))}`,
          value: 's$',
        };
      });
    },
    inputs: [x],
    lengths: { length, parts, chunk, inner: whole ? inner / 4 : inner },
    shape: [outer, parts, inner],
    dtype: x.dtype,
  });
}

function reduceAxes(store: Store, kind: 'sum' | 'max', x: GpuView, run: Run, shape: Shape): GpuView {
  const { outer, length, inner } = run;
  if (length <= longest) return reduceRun(store, kind, x, run, shape);
  const partial = reduceParts(store, kind, x, run, Math.ceil(Math.sqrt(length) / 4) * 4);
  const result = reduceAxes(store, kind, partial, { outer, length: partial.shape[1] as number, inner }, shape);
  store.free(partial.handle);
  return result;
}

/** `sum` and `max`: neighbouring axes are reduced together, the last ones first. */
function reduce(store: Store, kind: 'sum' | 'max', x: GpuView, axes: readonly number[]): GpuView {
  const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  if (x.handle.size === 0 && sizeOf(shape) > 0) {
    return store.fill(kind, shape, kind === 'sum' ? 0 : Number.NEGATIVE_INFINITY, x.dtype);
  }
  const sorted = [...axes].sort((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const axis of sorted) {
    const open = runs.at(-1);
    if (open !== undefined && open.last === axis - 1) open.last = axis;
    else runs.push({ first: axis, last: axis });
  }
  if (runs.length === 0) return reduceRun(store, kind, x, { outer: x.handle.size, length: 1, inner: 1 }, shape);
  const current = [...x.shape];
  let view = x;
  for (const { first, last } of runs.reverse()) {
    const run = {
      outer: sizeOf(current.slice(0, first)),
      length: sizeOf(current.slice(first, last + 1)),
      inner: sizeOf(current.slice(last + 1)),
    };
    current.fill(1, first, last + 1);
    const next = reduceAxes(store, kind, view, run, [...current]);
    if (view !== x) store.free(view.handle);
    view = next;
  }
  return view;
}

/** `argmax`: the first of equal values; NaN counts as the largest. */
function argmax(store: Store, x: GpuView, axis: number): GpuView {
  const length = x.shape[axis] as number;
  const inner = stridesOf(x.shape)[axis] as number;
  const dtype: DType = 'int32';
  return store.run({
    where: 'argmax',
    key: 'argmax',
    text: (lanes) =>
      laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const from = `${times(quotient(at, 'inner'), 'length * inner')} + ${residue(at, 'inner')}`;
        // A top that is neither below 1 nor at least 1 is NaN; `top != top` would be optimized away.
        return {
          statements: `let best$ = 0; let top$ = a[${from}];
            for (let k$ = 1; k$ < count(length); k$++) {
              const v$ = a[${from} + k$ * inner];
              if (!(v$ <= top$) && (top$ < 1 || top$ >= 1)) { best$ = k$; top$ = v$; }
            }`,
          value: 'best$',
        };
      }),
    inputs: [x],
    lengths: { length, inner },
    shape: x.shape.with(axis, 1),
    dtype,
  });
}

/** The kernel `cumulativeSum`: each thread adds up what lies before its element. */
export function cumulativeSum(store: Store, x: GpuView, axis: number): GpuView {
  const length = x.shape[axis] as number;
  const inner = stridesOf(x.shape)[axis] as number;
  return store.run({
    where: 'cumulativeSum',
    key: 'cumulativeSum',
    text: (lanes) =>
      laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const block = 'length * inner';
        const from = `${times(quotient(at, block), block)} + ${residue(at, 'inner')}`;
        return {
          statements: `let s$ = 0; const last$ = ${quotient(residue(at, block), 'inner')};
            for (let k$ = 0; k$ < count(length); k$++) { if (k$ <= last$) { s$ += a[${from} + k$ * inner]; } }`,
          value: 's$',
        };
      }),
    inputs: [x],
    lengths: { length, inner },
    shape: x.shape,
    dtype: x.dtype,
  });
}

/** The kernel `reduce`. */
export function reduceKernel(store: Store, kind: ReduceKind, x: GpuView, axes: readonly number[]): GpuView {
  return kind === 'argmax' ? argmax(store, x, axes[0] as number) : reduce(store, kind, x, axes);
}
