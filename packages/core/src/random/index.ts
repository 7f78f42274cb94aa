export { bernoulli, bernoulliThreshold } from './bernoulli.ts';
export { type DrawOptions, randomBits } from './bits.ts';
export {
  type ChronoOptions,
  chronoForgetBias,
  constantInitializer,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  onesInitializer,
  orthogonalInitializer,
  zerosInitializer,
} from './initializers.ts';
export { philoxKey, type RandomKey } from './key.ts';
export { type NormalOptions, normal, truncatedNormal } from './normal.ts';
export { type OrthogonalOptions, orthogonal } from './orthogonal.ts';
export { permutation } from './permutation.ts';
export { type UniformOptions, uniform } from './uniform.ts';
export { type Fans, fansOf, type VarianceScalingOptions, varianceScaling } from './variance-scaling.ts';
