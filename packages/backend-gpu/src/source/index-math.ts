/** A length in a source: a constant, or the source of a whole number. */
export type Length = number | string;

/** Returns the source of `expression / n` for whole numbers ≥ 0. */
export function quotient(expression: string, n: Length): string {
  return n === 1 ? expression : `quotient(${expression}, ${n})`;
}

/** Returns the source of the remainder of `expression` by `n`. */
export function residue(expression: string, n: Length): string {
  return n === 1 ? '0' : `residue(${expression}, ${n})`;
}

/** Returns the source of `factor · expression`; nothing is multiplied by 1. */
export function times(expression: string, factor: Length): string {
  return factor === 1 ? expression : `${expression} * ${factor}`;
}
