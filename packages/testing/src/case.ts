import type { DType, Tensor } from '@lstm/core';

/** Values of one input, row-major, as the generator made them. */
export interface CaseInput {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Default: the floating-point type under test. */
  readonly dtype?: DType;
}

/** One call of one op on stated inputs: the unit of all four conformance modes. */
export interface ConformanceCase {
  /** Name of the op as exported by core; `upload` and `read` for those functions of a backend. */
  readonly op: string;
  /** What is special about the call. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  /** Calls the op; returns its outputs. */
  readonly run: (inputs: Readonly<Record<string, Tensor>>) => Tensor | readonly Tensor[];
  /** Inputs whose gradient is checked; default every floating-point input. */
  readonly differentiable?: readonly string[];
  /** True compares gradients with those of the float64 reference: differences would take one run for each of many values. */
  readonly large?: boolean;
  /** Judges in place of the comparison, in mode `test` alone: rejects with what is wrong. `run` gives new outputs. */
  readonly judge?: (run: () => readonly Tensor[]) => Promise<void>;
}

/**
 * Returns `count` deterministic values in (−scale, scale): a Weyl sequence, so neighbours differ and no value is special.
 *
 * @param seed - shifts the sequence
 *
 * @example
 * ```ts
 * import { weyl } from '@lstm/testing';
 *
 * console.log(weyl(3, 0).map((value) => value.toFixed(3))); // => [ '0.236', '-0.528', '0.708' ]
 * ```
 */
export function weyl(count: number, seed: number, scale = 1): number[] {
  const golden = 0.618_033_988_749_895;
  return Array.from({ length: count }, (_, i) => scale * (2 * (((i + 1) * golden + seed * 0.3247) % 1) - 1));
}

/**
 * Returns an input of `shape` with {@link weyl} values.
 *
 * @example
 * ```ts
 * import { input } from '@lstm/testing';
 *
 * const { shape, values } = input([2, 3], 1);
 * console.log(shape, values.length); // => [ 2, 3 ] 6
 * ```
 */
export function input(shape: readonly number[], seed: number, scale = 1): CaseInput {
  return {
    shape,
    values: weyl(
      shape.reduce((size, length) => size * length, 1),
      seed,
      scale,
    ),
  };
}
