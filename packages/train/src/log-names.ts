import type { Network } from '@lstm/layers';

/**
 * Returns the name of the log of a metric or loss: with several outputs that of the output comes after it, where users named the layers
 * of all, and otherwise its number.
 */
export function logName(name: string, output: number, outputs: number, { outputNames }: Network): string {
  if (outputs === 1) return name;
  const named = outputNames.length === outputs && !outputNames.includes(undefined);
  const unique = new Set(outputNames).size === outputs;
  return `${name}_${named && unique ? outputNames[output] : output}`;
}

/** Returns `valLoss` for `val` and `loss`. */
export function withPrefix(prefix: string, name: string): string {
  return `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
