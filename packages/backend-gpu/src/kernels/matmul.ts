import { type FusedActivation, type MatmulFlags, type Shape, sizeOf } from '@lstm/core';
import { activated } from '../source/activations.ts';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel } from '../source/lanes.ts';
import { sumLoop } from '../source/sum-loop.ts';
import type { GpuView, Store } from '../store.ts';
import type { GlDevice } from '../webgl/device.ts';
import type { BufferBlock } from '../webgpu/buffers.ts';
import type { WebGpuDevice } from '../webgpu/device.ts';
import { bufferTiles } from './buffer-tiles.ts';
import { padRows } from './layout.ts';
import { mergeText, tileText } from './tile-text.ts';
import { type Sizes, tilesOf, tilingOf } from './tiles.ts';

/** What is done to each element of the product, in the same launch. */
export interface Epilogue {
  /** `[n]` */
  readonly bias?: GpuView | undefined;
  readonly activation: FusedActivation;
}

/** A product to make. */
interface Product {
  readonly a: GpuView;
  readonly b: GpuView;
  readonly flags: MatmulFlags;
  readonly sizes: Sizes;
  readonly epilogue: Epilogue;
  /** Of the result. */
  readonly shape: Shape;
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
  store.checkSize('matmul', sizeOf(shape));
  if (k === 0) return store.fill('matmul', shape, 0, a.dtype);
  const product = { a, b, flags, sizes, epilogue, shape };
  const { gl, webgpu } = store;
  if (batch * m * k * n < tilesFrom || n < 4) return plain(store, product);
  if (webgpu !== undefined) return inBuffers(store, webgpu, product);
  if (gl === undefined) return plain(store, product);
  if (!(flags.transposeA && flags.transposeB)) return tiled(store, gl, product);
  const turned = transposeLast(store, b);
  const result = tiled(store, gl, { ...product, b: turned, flags: { transposeA: true, transposeB: false } });
  store.free(turned.handle);
  return result;
}

function transposeLast(store: Store, x: GpuView): GpuView {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const shape = [...x.shape.slice(0, -2), columns, rows];
  return store.run({
    where: 'matmul',
    key: 'transpose',
    text: (lanes) =>
      laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const block = times(quotient(at, 'rows * columns'), 'rows * columns');
        const value = `a[${block} + ${residue(at, 'rows')} * columns + ${residue(quotient(at, 'rows'), 'columns')}]`;
        return { statements: '', value };
      }),
    inputs: [x],
    lengths: { rows, columns },
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
function plain(store: Store, { a, b, flags, sizes, epilogue, shape }: Product): GpuView {
  const { transposeA, transposeB } = flags;
  const { batch, ...lengths } = sizes;
  const { inputs, key, apply } = epilogueParts(epilogue, 'c');
  return store.run({
    where: 'matmul',
    key: `matmul|${batch > 1}|${transposeA}|${transposeB}|${key}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element', ...inputs.map(() => 'element' as const)], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const block = (size: string): string => (batch > 1 ? `${quotient(at, 'm * n')} * ${size} + ` : '');
        const row = batch > 1 ? residue(quotient(at, 'n'), 'm') : quotient(at, 'n');
        const column = residue(at, 'n');
        const left = (i: string): string => (transposeA ? `${i} * m + ${row}` : `${row} * k + ${i}`);
        const right = (i: string): string => (transposeB ? `${column} * k + ${i}` : `${i} * n + ${column}`);
        return {
          statements: sumLoop(
            ['s$'],
            'count(k)',
            (i) => `s$ += a[${block('m * k')}${left(i)}] * b[${block('k * n')}${right(i)}];`,
          ),
          value: apply('s$', column),
        };
      }),
    inputs: [a, b, ...inputs],
    lengths,
    shape,
    dtype: a.dtype,
  });
}

/** Tile by tile on WebGPU; parts of a long k are added up by a launch of their own. */
function inBuffers(store: Store, webgpu: WebGpuDevice, { a, b, flags, sizes, epilogue, shape }: Product): GpuView {
  const size = sizeOf(shape);
  const split = tilingOf(sizes, 1).parts;
  const parts = split * size <= webgpu.limit ? split : 1;
  const whole = parts === 1;
  const { inputs, key, apply } = epilogueParts(epilogue, whole ? 'c' : 'b');
  const tiles = bufferTiles(flags, sizes, parts);
  const program = webgpu.program(`buffer tiles|${tiles.key}|${whole ? key : ''}`, () =>
    whole ? tiles.text(apply, inputs.length > 0) : tiles.text((value) => value, false),
  );
  const [left, right, bias] = [a, b, ...(whole ? inputs : [])].map(
    (view) => store.blockOf('matmul', view) as BufferBlock,
  );
  const into = webgpu.take(parts * size);
  webgpu.launch(program, { a: left, b: right, c: bias, into, ...tiles.lengths }, tiles.threads, parts * size);
  const made = store.adopt(into, whole ? shape : [parts, size], a.dtype, [a, b, ...inputs]);
  if (whole) return made;
  const result = store.run({
    where: 'matmul',
    key: `add parts|${key}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', ...inputs.map((): 'element' => 'element')], '', (lane) => {
        const at = elementIndex(lanes, lane);
        return {
          statements: `let s$ = 0; for (let k$ = 0; k$ < count(parts); k$++) { s$ += a[k$ * size + ${at}]; }`,
          value: apply('s$', residue(at, 'n')),
        };
      }),
    inputs: [made, ...inputs],
    lengths: { parts, size, n: sizes.n },
    shape,
    dtype: a.dtype,
  });
  store.free(made.handle);
  return result;
}

/** Tile by tile, then merged; rows that do not fill whole texels are padded first. */
function tiled(store: Store, gl: GlDevice, product: Product): GpuView {
  const { a, b, flags, sizes, epilogue, shape } = product;
  const tiles = tilesOf(sizes, gl.maxResults, gl.maxTextureSize);
  if (tiles === undefined) return plain(store, product);
  const { kinds, grid, lengths } = tiles;
  const kindKey = Object.values(kinds).join('|');
  const made: GpuView[] = [];
  const keep = (view: GpuView): GpuView => {
    made.push(view);
    return view;
  };
  try {
    const padded = [a, b].map((x) => ((x.shape.at(-1) as number) % 4 === 0 ? x : keep(padRows(store, x))));
    const parts = gl
      .runMany(
        `tiles|${flags.transposeA}|${flags.transposeB}|${kindKey}`,
        () => tileText(flags, kinds, Object.keys(lengths)),
        padded.map((x) => store.textureOf('matmul', x)),
        [grid.width, grid.height],
        Object.values(lengths),
      )
      .map((tile) => keep(store.adopt(tile, [tile.size], 'float32', [])));
    const { inputs, key, apply } = epilogueParts(epilogue, inputNames[kinds.height] as string);
    const result = store.run({
      where: 'matmul',
      key: `merge|${kindKey}|${key}`,
      text: () => mergeText(kinds, apply, inputs.length > 0),
      inputs: [...parts, ...inputs],
      lengths: tiles.mergeLengths,
      shape,
      dtype: a.dtype,
    });
    return store.inherit(result, [a, b]);
  } finally {
    for (const { handle } of made) store.free(handle);
  }
}
