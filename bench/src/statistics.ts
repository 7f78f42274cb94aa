/**
 * Returns the value below which a share of the values lies, linearly between neighbours.
 *
 * @param values - at least one, in any order
 * @param share - 0 to 1
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}

/** Returns the middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
