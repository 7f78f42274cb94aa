import { type FusedActivation, type MatmulFlags, type Shape, sizeOf } from '@lstm/core';
import type { LaneText } from '../device.ts';
import type { KernelText } from '../gpu-js.ts';
import { activated } from '../source/activations.ts';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel, texelIndex } from '../source/lanes.ts';
import type { GpuView, Store } from '../store.ts';
import { padRows } from './layout.ts';

/** Sizes of a product `[batch, m, k] × [batch, k, n]`. */
interface Sizes {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** What is done to each element of the product, in the same launch. */
export interface Epilogue {
  /** `[n]` */
  readonly bias?: GpuView | undefined;
  readonly activation: FusedActivation;
}

function sizesOf(a: GpuView, b: GpuView, flags: MatmulFlags): Sizes {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = flags.transposeA ? [aColumns, aRows] : [aRows, aColumns];
  return { batch: sizeOf(a.shape.slice(0, -2)), m, k, n: flags.transposeB ? bRows : bColumns };
}

const noEpilogue: Epilogue = { activation: 'linear' };
// Products of fewer multiplications are not worth the further launches.
const tilesFrom = 2 ** 14;

/** The kernel `matmul`, with what follows it. */
export function matmul(
  store: Store,
  a: GpuView,
  b: GpuView,
  flags: MatmulFlags,
  epilogue: Epilogue = noEpilogue,
): GpuView {
  const sizes = sizesOf(a, b, flags);
  const shape = [...a.shape.slice(0, -2), sizes.m, sizes.n];
  const { batch, m, k, n } = sizes;
  if (k === 0) return store.fill('matmul', shape, 0, a.dtype);
  if (store.gl === undefined || batch * m * k * n < tilesFrom || n < 4)
    return plain(store, a, b, flags, sizes, epilogue, shape);
  if (!(flags.transposeA && flags.transposeB)) return tiled(store, a, b, flags, sizes, epilogue, shape);
  const turned = transposeLast(store, b);
  const result = tiled(store, a, turned, { transposeA: true, transposeB: false }, sizes, epilogue, shape);
  store.free(turned.handle);
  return result;
}

function transposeLast(store: Store, x: GpuView): GpuView {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const shape = [...x.shape.slice(0, -2), columns, rows];
  return store.run({
    where: 'matmul',
    key: `transpose|${rows}|${columns}`,
    text: (lanes) =>
      laneKernel(lanes, ['element'], 0, '', (lane) => {
        const at = elementIndex(lanes, lane);
        const block = times(quotient(at, rows * columns), rows * columns);
        const value = `a[${block} + ${times(residue(at, rows), columns)} + ${residue(quotient(at, rows), columns)}]`;
        return { statements: '', value };
      }),
    inputs: [x],
    shape,
    dtype: x.dtype,
  });
}

/** Returns the epilogue's inputs, its part of a key, and the source of its value for an element of a column. */
function epilogueParts({ bias, activation }: Epilogue, name: string) {
  return {
    inputs: bias === undefined ? [] : [bias],
    key: `${activation}|${bias === undefined ? '' : 'bias'}`,
    apply: (value: string, column: string): string =>
      activated(activation, bias === undefined ? value : `${value} + ${name}[${column}]`),
  };
}

/** Element by element, for any sizes. */
function plain(
  store: Store,
  a: GpuView,
  b: GpuView,
  { transposeA, transposeB }: MatmulFlags,
  { m, k, n }: Sizes,
  epilogue: Epilogue,
  shape: Shape,
): GpuView {
  const { inputs, key, apply } = epilogueParts(epilogue, 'c');
  return store.run({
    where: 'matmul',
    key: `matmul|${m}|${k}|${n}|${transposeA}|${transposeB}|${key}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element', ...inputs.map(() => 'element' as const)], 0, '', (lane) => {
        const at = elementIndex(lanes, lane);
        const block = quotient(at, m * n);
        const row = residue(quotient(at, n), m);
        const column = residue(at, n);
        const left = transposeA ? `k$ * ${m} + ${row}` : `${times(row, k)} + k$`;
        const right = transposeB ? `${times(column, k)} + k$` : `k$ * ${n} + ${column}`;
        return {
          statements: `let s$ = 0; for (let k$ = 0; k$ < ${k}; k$++) {
            s$ += a[${times(block, m * k)} + ${left}] * b[${times(block, k * n)} + ${right}]; }`,
          value: apply('s$', column),
        };
      }),
    inputs: [a, b, ...inputs],
    shape,
    dtype: a.dtype,
  });
}

const each = [0, 1, 2, 3] as const;

/**
 * Source of a thread that makes `height` rows of four columns: with 8 rows it reads twelve texels for 128 multiplications. The
 * rows of a tile go to results of their own.
 */
function tileText({ transposeA, transposeB }: MatmulFlags, { batch, m, k, n }: Sizes, height: number): KernelText {
  const [m4, k4, n4] = [m, k, n].map((length) => Math.ceil(length / 4)) as [number, number, number];
  const tileRows = Math.ceil(m / height);
  const rows = Array.from({ length: height }, (_, i) => i);
  // gpu.js's variables are floats; these are small enough to be exact.
  const block = (length: number): string => (batch === 1 ? '' : `whole(block) * ${length} + `);
  const aRow = (i: number): string => `(${block(m)}whole(row) * ${height} + ${i}) * ${k4}`;
  const bRow = (j: number): string => `(${block(n)}whole(column) * 4 + ${j}) * ${k4}`;
  /** Statements for four steps along k, or for the `count` steps that are left. */
  const steps = (at: string, count: number): string => {
    const some = each.slice(0, count);
    const left = transposeA
      ? some.flatMap((l) =>
          rows
            .filter((i) => i % 4 === 0)
            .map(
              (i) =>
                `const p${l}x${i} = a[(${block(k)}${at} * 4 + ${l}) * ${m4} + whole(row) * ${height / 4} + ${i / 4}];`,
            ),
        )
      : rows.map((i) => `const p${i} = a[${aRow(i)} + ${at}];`);
    const right = transposeB
      ? each.map((j) => `const q${j} = b[${bRow(j)} + ${at}];`)
      : some.map((l) => `const q${l} = b[(${block(k)}${at} * 4 + ${l}) * ${n4} + whole(column)];`);
    const factor = (i: number, l: number): string => (transposeA ? `p${l}x${i - (i % 4)}[${i % 4}]` : `p${i}[${l}]`);
    const term = (i: number, j: number): string =>
      some.map((l) => `${factor(i, l)} * ${transposeB ? `q${j}[${l}]` : `q${l}[${j}]`}`).join(' + ');
    const sums = rows.flatMap((i) => each.map((j) => `s${i}${j} += ${term(i, j)};`));
    return [...left, ...right, ...sums].join('\n');
  };
  const whole = Math.floor(k / 4);
  // The rest in a block of its own: the names are used again.
  const rest = k % 4 === 0 ? '' : `for (let r = ${whole}; r < ${whole + 1}; r++) { ${steps('r', k % 4)} }`;
  const loop = `for (let k = 0; k < ${whole}; k++) { ${steps('k', 4)} } ${rest}`;
  return {
    source: `function(a, b) {
      const block = ${quotient(texelIndex, tileRows * n4)};
      const row = ${residue(quotient(texelIndex, n4), tileRows)};
      const column = ${residue(texelIndex, n4)};
      ${rows.map((i) => each.map((j) => `let s${i}${j} = 0;`).join(' ')).join(' ')}
      ${loop}
      ${rows
        .slice(1)
        .map((i) => `row${i}(${each.map((j) => `s${i}${j}`).join(', ')});`)
        .join(' ')}
      return [${each.map((j) => `s0${j}`).join(', ')}];
    }`,
    arguments: ['texel', 'texel'],
    extraResults: rows.slice(1).map((i) => `row${i}`),
  };
}

/** Source that puts the results of the tiles into one tensor: row `r` stands in result `r % height`. */
function mergeText(
  { m, n }: Sizes,
  height: number,
  apply: (value: string, column: string) => string,
  withBias: boolean,
): LaneText {
  const tileRows = Math.ceil(m / height);
  const n4 = Math.ceil(n / 4);
  const rows = Array.from({ length: height }, (_, i) => i);
  const kinds = (kind: 'texel' | 'element') => [...rows.map(() => kind), ...(withBias ? (['element'] as const) : [])];
  const pick = (value: string, row: string, read: (name: string) => string): string =>
    `const r$ = ${residue(row, height)};
    ${rows.map((i) => `if (r$ == ${i}) { ${value} = ${read(inputNames[i] as string)}; }`).join(' else ')}`;
  if (n % 4 === 0) {
    const row = residue(quotient(texelIndex, n4), m);
    const index = `((${times(quotient(texelIndex, m * n4), tileRows)}) + ${quotient(row, height)}) * ${n4} + ${residue(texelIndex, n4)}`;
    const before = `let v = [0, 0, 0, 0]; ${pick('v', row, (name) => `${name}[${index}]`).replaceAll('$', '')}`;
    return laneKernel(4, kinds('texel'), 0, before, (lane) => ({
      statements: '',
      value: apply(`v[${lane}]`, `${residue(texelIndex, n4)} * 4 + ${lane}`),
    }));
  }
  return laneKernel(4, kinds('element'), 0, '', (lane) => {
    const at = elementIndex(4, lane);
    const row = residue(quotient(at, n), m);
    const index = `((${times(quotient(at, m * n), tileRows)}) + ${quotient(row, height)}) * ${4 * n4} + ${residue(at, n)}`;
    return {
      statements: `let v$ = 0; ${pick('v$', row, (name) => `${name}[${index}]`)}`,
      value: apply('v$', residue(at, n)),
    };
  });
}

/** Tile by tile, then merged; rows that do not fill whole texels are padded first. */
function tiled(
  store: Store,
  a: GpuView,
  b: GpuView,
  flags: MatmulFlags,
  sizes: Sizes,
  epilogue: Epilogue,
  shape: Shape,
): GpuView {
  const { gl } = store;
  if (gl === undefined) return plain(store, a, b, flags, sizes, epilogue, shape);
  const { batch, m, k, n } = sizes;
  const padded = [a, b].map((x) => ((x.shape.at(-1) as number) % 4 === 0 ? x : padRows(store, x)));
  // Taller tiles read less, but need enough of them to keep a device busy.
  const height = m >= 64 && gl.maxResults >= 8 ? 8 : 4;
  const tiles = gl.runMany(
    `tiles|${flags.transposeA}|${flags.transposeB}|${batch > 1}|${m}|${k}|${n}|${height}`,
    () => tileText(flags, sizes, height),
    padded.map((x) => store.textureOf('matmul', x)),
    4 * batch * Math.ceil(m / height) * Math.ceil(n / 4),
  );
  const { inputs, key, apply } = epilogueParts(epilogue, inputNames[height] as string);
  const parts = tiles.map((tile) => store.adopt(tile, [tile.size], 'float32', []));
  const result = store.run({
    where: 'matmul',
    key: `merge|${m}|${n}|${height}|${key}`,
    text: () => mergeText(sizes, height, apply, inputs.length > 0),
    inputs: [...parts, ...inputs],
    shape,
    dtype: a.dtype,
  });
  for (const { handle } of parts) store.free(handle);
  for (const x of padded) if (x !== a && x !== b) store.free(x.handle);
  return store.inherit(result, [a, b]);
}
