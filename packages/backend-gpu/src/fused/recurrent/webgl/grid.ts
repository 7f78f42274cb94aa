/**
 * How a state of every step is kept: the values of step `i` are a block of `batch` rows of texels. Even steps lie in one texture
 * and odd ones in another, because a launch that reads step i − 1 and writes step i must not use one texture for both.
 */
export interface Grid {
  readonly batch: number;
  readonly time: number;
  /** Texels of a row: units / 4, rounded up. */
  readonly units4: number;
  /** Blocks below each other before the next column of blocks starts. */
  readonly perColumn: number;
  /** Of a texture, in texels. */
  readonly width: number;
  readonly height: number;
}

/** Returns the grid of `time + 1` steps, or nothing when it does not fit the textures of the device. */
export function gridOf(batch: number, time: number, units: number, maxTextureSize: number): Grid | undefined {
  const units4 = Math.ceil(units / 4);
  const slots = Math.floor(time / 2) + 1;
  const perColumn = Math.min(slots, Math.floor(maxTextureSize / batch));
  if (perColumn === 0) return undefined;
  const width = units4 * Math.ceil(slots / perColumn);
  if (width > maxTextureSize) return undefined;
  return { batch, time, units4, perColumn, width, height: perColumn * batch };
}

/** Returns column and row of the first texel of a step's block. */
export function blockAt({ batch, units4, perColumn }: Grid, step: number): { readonly x: number; readonly y: number } {
  const slot = Math.floor(step / 2);
  return { x: Math.floor(slot / perColumn) * units4, y: (slot % perColumn) * batch };
}
