import type { Kernels } from './types.ts';

/** A kernel that every backend has. */
export type RequiredKernel = {
  [Name in keyof Kernels]-?: object extends Pick<Kernels, Name> ? never : Name;
}[keyof Kernels];

// The compiler keeps this list complete.
const required: Readonly<Record<RequiredKernel, true>> = {
  fill: true,
  cast: true,
  unary: true,
  binary: true,
  select: true,
  reduce: true,
  matmul: true,
  transpose: true,
  slice: true,
  concat: true,
  gather: true,
  scatterAdd: true,
};

/** Names of the kernels that every backend has; the others are composed of them where a backend has none. */
export const requiredKernels: readonly RequiredKernel[] = /* @__PURE__ */ Object.keys(required) as RequiredKernel[];
