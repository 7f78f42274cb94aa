export { add } from './add.ts';
export { expand } from './expand.ts';
export { type MatmulOptions, matmul } from './matmul.ts';
export { mul } from './mul.ts';
export { reshape } from './reshape.ts';
export { type ReduceOptions, sum } from './sum.ts';
export { transpose } from './transpose.ts';
