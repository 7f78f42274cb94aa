import type { Lengths } from '../device.ts';

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
  /** Into how many parts of about the same length k is cut, each added up by threads of its own. */
  readonly parts: number;
}

/** Returns how a product is cut. */
export function tilingOf({ m, k }: Sizes, maxResults: number): Tiling {
  // Taller tiles read less, but there must be enough of them to keep a device busy.
  const height = m >= 64 && maxResults >= 8 ? 8 : 4;
  if (k < 1024) return { height, parts: 1 };
  // What a part of b takes should fit a cache, few tiles with long sums keep no device busy, and long sums lose digits.
  return { height, parts: Math.min(8, Math.ceil(k / 512)) };
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
function tileGridOf({ batch, m, n }: Sizes, { height, parts }: Tiling, maxTextureSize: number): TileGrid | undefined {
  const n4 = Math.ceil(n / 4);
  const pieces = Math.ceil(n4 / maxTextureSize);
  const columns = Math.ceil(n4 / pieces);
  const lines = pieces * parts * batch * Math.ceil(m / height);
  const across = Math.ceil(lines / maxTextureSize);
  if (columns * across > maxTextureSize) return undefined;
  return { columns, pieces, width: columns * across, height: Math.ceil(lines / across) };
}

/** What sources of tiles differ in. */
export interface TileKinds {
  readonly height: number;
  readonly oneBlock: boolean;
  readonly onePart: boolean;
  /** Lines stand in one column of the textures. */
  readonly oneAcross: boolean;
  /** A row of tiles is one line. */
  readonly onePiece: boolean;
  /** Steps along k after those of whole texels; the last part has them. */
  readonly left: number;
  /** Rows of the product are whole texels. */
  readonly wholeRows: boolean;
}

/** A product that is made tile by tile in textures, then merged. */
export interface Tiles {
  readonly kinds: TileKinds;
  readonly grid: TileGrid;
  /** What the source of the tiles uses; the `4` stands for texels. */
  readonly lengths: Lengths;
  /** What the source that merges them uses. */
  readonly mergeLengths: Lengths;
}

/** Returns how a product is made in textures, or nothing where none hold it. */
export function tilesOf(sizes: Sizes, maxResults: number, maxTextureSize: number): Tiles | undefined {
  const tiling = tilingOf(sizes, maxResults);
  const grid = tileGridOf(sizes, tiling, maxTextureSize);
  if (grid === undefined) return undefined;
  const { batch, m, k, n } = sizes;
  const { height, parts } = tiling;
  const [m4, k4, n4] = [m, k, n].map((length) => Math.ceil(length / 4)) as [number, number, number];
  const { columns, width, height: lines } = grid;
  const shared = { batch, tileRows: Math.ceil(m / height), parts, columns, lines, m };
  return {
    kinds: {
      height,
      oneBlock: batch === 1,
      onePart: parts === 1,
      oneAcross: width === columns,
      onePiece: grid.pieces === 1,
      left: k % 4,
      wholeRows: n % 4 === 0,
    },
    grid,
    lengths: { ...shared, k, n, m4, k4, n4, width, texels: Math.floor(k / 4) },
    mergeLengths: { ...shared, rowLength: n % 4 === 0 ? n4 : n },
  };
}
