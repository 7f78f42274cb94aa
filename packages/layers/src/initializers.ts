import {
  checkChoice,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  onesInitializer,
  orthogonalInitializer,
  sizeOf,
  uniform,
  zerosInitializer,
} from '@lstm/core';

/** Names of the initializers that layers take; `uniform` is within ±0.05, `standardNormal` has mean 0 and standard deviation 1. */
export type InitializerName =
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'orthogonal'
  | 'zeros'
  | 'ones'
  | 'uniform'
  | 'standardNormal';

const initializers: Readonly<Record<InitializerName, Initializer>> = {
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  orthogonal: orthogonalInitializer,
  zeros: zerosInitializer,
  ones: onesInitializer,
  /** Uniform within ±0.05, Keras's default for embeddings. */
  uniform: (shape, key) => uniform(sizeOf(shape), key, { min: -0.05, max: 0.05 }),
  /** PyTorch's default for embeddings. */
  standardNormal: (shape, key) => normal(sizeOf(shape), key),
};

/** Initializers of other libraries, and what they are here. */
const elsewhere = {
  xavier: "Did you mean 'glorotUniform'?",
  xavierUniform: "Did you mean 'glorotUniform'?",
  xavierNormal: "Did you mean 'glorotNormal'?",
  kaimingUniform: "Did you mean 'heUniform'?",
  kaimingNormal: "Did you mean 'heNormal'?",
  constant: 'Pass constantInitializer(value) of @lstm/core.',
};

/** Returns the initializer of a name, or a function as it is. */
export function initializerOf(where: string, option: string, initializer: InitializerName | Initializer): Initializer {
  if (typeof initializer === 'function') return initializer;
  return initializers[
    checkChoice(where, option, initializer, Object.keys(initializers) as InitializerName[], elsewhere)
  ];
}
