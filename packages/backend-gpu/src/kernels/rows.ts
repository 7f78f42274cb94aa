import { formatShape, OptionError, sizeOf } from '@lstm/core';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, laneKernel, texelIndex } from '../source/lanes.ts';
import { sumLoop } from '../source/sum-loop.ts';
import type { Check, GpuView, Store } from '../store.ts';

function rangeError(
  where: string,
  indices: ArrayLike<number>,
  shape: readonly number[],
  rows: number,
): Error | undefined {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index >= 0 && index < rows) continue;
    return new OptionError(
      where,
      `index ${index} at flat position ${i} of indices ${formatShape(shape)} is out of range.`,
      `The table has ${rows} rows, so an index lies in [0, ${rows - 1}].`,
      'Enlarge the table, or map unknown tokens to one of its rows.',
    );
  }
  return undefined;
}

/** Throws for indices known here that are out of range; for others returns what will tell at the next read. */
export function checkIndices(store: Store, where: string, indices: GpuView, rows: number): readonly Check[] {
  const handle = store.handleOf(where, indices);
  if (handle.host !== undefined) {
    const error = rangeError(where, handle.host, indices.shape, rows);
    if (error !== undefined) throw error;
    return [];
  }
  if (handle.size === 0) return [];
  const check = { error: lateError(store, where, indices, rows), passed: false };
  void check.error.then((error) => {
    check.passed = error === undefined;
  });
  return [check];
}

async function lateError(store: Store, where: string, indices: GpuView, rows: number): Promise<Error | undefined> {
  const { size } = indices.handle;
  try {
    const values = await store.device.read(store.blockOf(where, indices));
    return rangeError(where, values.subarray(0, size), indices.shape, rows);
  } catch {
    return undefined; // a lost device is reported by the read of the result
  }
}

/** The rows that indices computed on the device are kept within; `undefined` where they are known here and were checked. */
export function boundOf({ handle }: GpuView, rows: number): number | undefined {
  return handle.host === undefined ? rows : undefined;
}

/** Source of a variable that holds an index. One out of range is told at the next read; until then it must not lead out of the table. */
export function rowWithin(name: string, index: string, bound: number | undefined): string {
  if (bound === undefined) return `const ${name} = ${index};`;
  return `const given$ = ${index}; let ${name} = 0; if (given$ >= 0 && given$ < ${bound}) { ${name} = given$; }`;
}

/** Makes the contents of a view depend on checks. */
export function withChecks(view: GpuView, checks: readonly Check[]): GpuView {
  view.handle.checks = [...view.handle.checks, ...checks];
  return view;
}

/** The kernel `gather`. */
export function gather(store: Store, table: GpuView, indices: GpuView): GpuView {
  const [rows = 0, ...rest] = table.shape;
  const width = sizeOf(rest);
  const checks = checkIndices(store, 'gather', indices, rows);
  const bound = boundOf(indices, rows);
  const result = store.run({
    where: 'gather',
    key: `gather|${width}|${bound}`,
    text: (lanes) => {
      // A variable for the row: gpu.js makes a float of an index that itself reads an array.
      const look = (at: string, columns: number): string => {
        const row = rowWithin('row$', `b[${quotient(at, columns)}]`, bound);
        return `${row} const v$ = a[${times('whole(row$)', columns)} + ${residue(at, columns)}];`;
      };
      if (lanes === 4 && width % 4 === 0) {
        const before = look(texelIndex, width / 4).replaceAll('$', '');
        return laneKernel(4, ['texel', 'element'], before, (lane) => ({ statements: '', value: `v[${lane}]` }));
      }
      return laneKernel(lanes, ['element', 'element'], '', (lane) => ({
        statements: look(elementIndex(lanes, lane), width),
        value: 'v$',
      }));
    },
    inputs: [table, indices],
    shape: [...indices.shape, ...rest],
    dtype: table.dtype,
  });
  return withChecks(result, checks);
}

/** For each row of the table which positions of `indices` name it: `order[starts[row]]` to `order[starts[row + 1] − 1]`. */
function rowsOf(indices: Int32Array, rows: number): { readonly starts: Int32Array; readonly order: Int32Array } {
  const starts = new Int32Array(rows + 1);
  for (const index of indices) starts[index + 1] = (starts[index + 1] as number) + 1;
  for (let row = 0; row < rows; row++) starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  const next = starts.slice();
  const order = new Int32Array(indices.length);
  indices.forEach((index, position) => {
    const to = next[index] as number;
    order[to] = position;
    next[index] = to + 1;
  });
  return { starts, order };
}

/** The kernel `scatterAdd`: each thread adds up the updates of its row. */
export function scatterAdd(store: Store, indices: GpuView, updates: GpuView, rows: number): GpuView {
  const rest = updates.shape.slice(indices.shape.length);
  const shape = [rows, ...rest];
  const checks = checkIndices(store, 'scatterAdd', indices, rows);
  const { host } = indices.handle;
  if (updates.handle.size === 0) return store.fill('scatterAdd', shape, 0, updates.dtype);
  if (host === undefined) return withChecks(searchAndAdd(store, indices, updates, shape), checks);
  const { starts, order } = rowsOf(host, rows);
  const lists = [starts, order].map((values) => store.adoptHost(values, [values.length]));
  const width = sizeOf(rest);
  const result = store.run({
    where: 'scatterAdd',
    key: `scatterAdd|${width}`,
    text: (lanes) => {
      const loop = (sums: readonly string[], at: string, columns: number, add: (value: string) => string): string => {
        const row = quotient(at, columns);
        const value = `a[${times('whole(position$)', columns)} + ${residue(at, columns)}]`;
        return `const first$ = b[${row}]; const count$ = b[${row} + 1] - first$;
          ${sumLoop(sums, 'count$', (k) => `const position$ = c[whole(first$) + ${k}]; ${add(value)}`)}`;
      };
      if (lanes === 4 && width % 4 === 0) {
        const each = [0, 1, 2, 3];
        const body = loop(
          each.map((i) => `s${i}`),
          texelIndex,
          width / 4,
          (value) => `const v = ${value}; ${each.map((i) => `s${i} += v[${i}];`).join(' ')}`,
        );
        return laneKernel(4, ['texel', 'element', 'element'], body.replaceAll('$', ''), (lane) => ({
          statements: '',
          value: `s${lane}`,
        }));
      }
      return laneKernel(lanes, ['element', 'element', 'element'], '', (lane) => ({
        statements: loop(['s$'], elementIndex(lanes, lane), width, (value) => `s$ += ${value};`),
        value: 's$',
      }));
    },
    inputs: [updates, ...lists],
    shape,
    dtype: updates.dtype,
  });
  for (const { handle } of lists) store.free(handle);
  return result;
}

/** The slow way, for indices that were computed on the device: each thread looks at all of them. */
function searchAndAdd(store: Store, indices: GpuView, updates: GpuView, shape: readonly number[]): GpuView {
  const width = sizeOf(shape.slice(1));
  return store.run({
    where: 'scatterAdd',
    key: `scatterAdd all|${width}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        return {
          statements: `const row$ = ${quotient(at, width)}; ${sumLoop(
            ['s$'],
            'count(all)',
            (k) => `if (b[${k}] == row$) { s$ += a[${times(k, width)} + ${residue(at, width)}]; }`,
          )}`,
          value: 's$',
        };
      }),
    inputs: [updates, indices],
    lengths: { all: indices.handle.size },
    shape,
    dtype: updates.dtype,
  });
}
