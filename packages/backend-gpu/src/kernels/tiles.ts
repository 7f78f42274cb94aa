import type { MatmulFlags } from '@lstm/core';
import type { LaneText } from '../device.ts';
import type { KernelText } from '../gpu-js.ts';
import { quotient, residue } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel, texelIndex } from '../source/lanes.ts';

/** Sizes of a product `[batch, m, k] × [batch, k, n]`. */
export interface Sizes {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** How a product is cut into threads. */
export interface Tiling {
  /** Rows of a tile, 4 or 8; each goes to a result of its own. A tile is four columns wide. */
  readonly height: number;
  /** Into how many parts k is cut, each added up by threads of its own. */
  readonly parts: number;
}

const each = [0, 1, 2, 3] as const;

/** Returns how a product is cut. */
export function tilingOf({ m, k }: Sizes, maxResults: number): Tiling {
  // Taller tiles read less, but there must be enough of them to keep a device busy.
  const height = m >= 64 && maxResults >= 8 ? 8 : 4;
  if (k % 4 !== 0 || k < 1024) return { height, parts: 1 };
  // What a part of b takes should fit a cache, and few tiles with long sums keep no device busy.
  const parts = [2, 3, 4, 5, 6, 7, 8].find((count) => (k / 4) % count === 0 && k / count <= 512);
  return { height, parts: parts ?? 1 };
}

/**
 * How the tiles lie in the textures that they are made in, one to a texel. Those below each other have the same columns of b, those
 * beside each other the same rows of a: a device runs neighbours of both directions together, and what they read is still at hand.
 */
export interface TileGrid {
  /** Tiles beside each other that make a line: all of a row of tiles, or a part of it where a texture is not as wide. */
  readonly columns: number;
  /** Parts of a row of tiles. */
  readonly pieces: number;
  /** Of a texture, in texels. Where it is not high enough for all lines the next column of lines starts. */
  readonly width: number;
  readonly height: number;
}

/** Returns how tiles lie, or nothing where no texture holds them. */
export function tileGridOf(
  { batch, m, n }: Sizes,
  { height, parts }: Tiling,
  maxTextureSize: number,
): TileGrid | undefined {
  const n4 = Math.ceil(n / 4);
  const pieces = Math.ceil(n4 / maxTextureSize);
  const columns = Math.ceil(n4 / pieces);
  const lines = pieces * parts * batch * Math.ceil(m / height);
  const across = Math.ceil(lines / maxTextureSize);
  if (columns * across > maxTextureSize) return undefined;
  return { columns, pieces, width: columns * across, height: Math.ceil(lines / across) };
}

/** Source of a thread that makes one tile: with 8 rows it reads twelve texels for 128 multiplications. */
export function tileText(
  { transposeA, transposeB }: MatmulFlags,
  sizes: Sizes,
  { height, parts }: Tiling,
  grid: TileGrid,
): KernelText {
  const { batch, m, k, n } = sizes;
  const [m4, k4, n4] = [m, k, n].map((length) => Math.ceil(length / 4)) as [number, number, number];
  const tileRows = Math.ceil(m / height);
  const across = grid.width / grid.columns;
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
  const perPart = Math.floor(whole / parts);
  const at = parts === 1 ? 'k' : `(whole(part) * ${perPart} + k)`;
  // The rest in a block of its own: the names are used again.
  const rest = k % 4 === 0 ? '' : `for (let r = ${whole}; r < ${whole + 1}; r++) { ${steps('r', k % 4)} }`;
  const loop = `for (let k = 0; k < ${perPart}; k++) { ${steps(at, 4)} } ${rest}`;
  return {
    source: `function(a, b) {
      const x = ${residue(texelIndex, grid.width)};
      const line = ${across === 1 ? '' : `${quotient('whole(x)', grid.columns)} * ${grid.height} + `}${quotient(texelIndex, grid.width)};
      const row = ${residue('whole(line)', tileRows)};
      const block = ${residue(quotient('whole(line)', tileRows), batch)};
      const part = ${residue(quotient('whole(line)', tileRows * batch), parts)};
      const column = ${across === 1 ? 'x' : residue('whole(x)', grid.columns)}${grid.pieces === 1 ? '' : ` + ${quotient('whole(line)', tileRows * batch * parts)} * ${grid.columns}`};
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

/** Source that puts the results of the tiles into one tensor, the parts added up: row `r` stands in result `r % height`. */
export function mergeText(
  { batch, m, n }: Sizes,
  { height, parts }: Tiling,
  grid: TileGrid,
  apply: (value: string, column: string) => string,
  withBias: boolean,
): LaneText {
  const tileRows = Math.ceil(m / height);
  const across = grid.width / grid.columns;
  const n4 = Math.ceil(n / 4);
  const rows = Array.from({ length: height }, (_, i) => i);
  const kinds = (kind: 'texel' | 'element') => [...rows.map(() => kind), ...(withBias ? (['element'] as const) : [])];
  /** Statements that set `value` to what a part has for a row of a block, in `column` of the tiles' textures. */
  const pick = (value: string, block: string, row: string, column: string, unit: number): string => {
    const piece = quotient(column, unit * grid.columns);
    const first = grid.pieces === 1 ? 'part$' : `(${piece} * ${parts} + part$)`;
    return `const r$ = ${residue(row, height)};
      const line$ = (${first} * ${batch} + ${block}) * ${tileRows} + ${quotient(row, height)};
      const x$ = ${across === 1 ? '' : `${quotient('whole(line$)', grid.height)} * ${unit * grid.columns} + `}${grid.pieces === 1 ? column : residue(column, unit * grid.columns)};
      const y$ = ${across === 1 ? 'line$' : residue('whole(line$)', grid.height)};
      ${rows.map((i) => `if (r$ == ${i}) { ${value} = ${inputNames[i]}[1][whole(y$)][whole(x$)]; }`).join(' else ')}`;
  };
  if (n % 4 === 0) {
    const row = residue(quotient(texelIndex, n4), m);
    const before = `${each.map((j) => `let s${j} = 0;`).join(' ')}
      for (let part$ = 0; part$ < ${parts}; part$++) {
        let v = [0, 0, 0, 0];
        ${pick('v', quotient(texelIndex, m * n4), row, residue(texelIndex, n4), 1)}
        ${each.map((j) => `s${j} += v[${j}];`).join(' ')}
      }`.replaceAll('$', '');
    return laneKernel(4, kinds('texel'), before, (lane) => ({
      statements: '',
      value: apply(`s${lane}`, `${residue(texelIndex, n4)} * 4 + ${lane}`),
    }));
  }
  return laneKernel(4, kinds('element'), '', (lane) => {
    const at = elementIndex(4, lane);
    const row = residue(quotient(at, n), m);
    return {
      statements: `let s$ = 0;
        for (let part$ = 0; part$ < ${parts}; part$++) {
          let v$ = 0;
          ${pick('v$', quotient(at, m * n), row, residue(at, n), 4)}
          s$ += v$;
        }`,
      value: apply('s$', residue(at, n)),
    };
  });
}
