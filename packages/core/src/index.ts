export { getBackend, hasDefaultBackend, useBackend, defineBackend } from './backend/define.ts';
export type * from './backend/fused.ts';
export type * from './backend/session.ts';
export type * from './backend/types.ts';
export type * from './backend/updates.ts';
export { arange, type FillOptions, full, ones, tensor, type TensorLike, type TensorOptions, zeros } from './create.ts';
export { allocate, bytesPerElement, type DType, dtypeOf, type TypedArray, type TypedArrayOf } from './dtype.ts';
export * from './errors.ts';
export { fusedOp, type FusedOpSpec, type NamedTensors } from './fused-op.ts';
export {
  customGradient,
  type CustomGradientSpec,
  grad,
  type GradOptions,
  requireGrad,
  stopGradient,
  valueAndGrad,
} from './grad.ts';
export { type HostArray, hostArray, type HostArrayLike, isHostArray, type NestedNumbers } from './host-array.ts';
export { debugMemory, memory, type MemoryInfo } from './memory.ts';
export * from './ops/index.ts';
export { checkChoice, checkInteger, checkOptions, checkRange, nearestName } from './options.ts';
export { Parameter, type ParameterOptions } from './parameter.ts';
export { createScope, Scope, tidy } from './scope.ts';
export { broadcastShapes, formatShape, normalizeAxes, normalizeAxis, sameShape, type Shape, sizeOf, stridesOf } from './shape.ts';
export { isRecording, type Keep, multiOp, type MultiOpSpec, noGrad, op, type OpSpec, type Saved } from './tape.ts';
export { Tensor } from './tensor.ts';
