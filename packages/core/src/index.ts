export { defineBackend, getBackend, hasDefaultBackend, useBackend } from './backend/define.ts';
export type * from './backend/fused.ts';
export { type RequiredKernel, requiredKernels } from './backend/required-kernels.ts';
export type * from './backend/session.ts';
export type * from './backend/types.ts';
export type * from './backend/updates.ts';
export { arange, type FillOptions, full, ones, type TensorLike, type TensorOptions, tensor, zeros } from './create.ts';
export { createSession } from './create-session.ts';
export { describeValue } from './describe-value.ts';
export { allocate, bytesPerElement, type DType, dtypeOf, type TypedArray, type TypedArrayOf } from './dtype.ts';
export * from './errors.ts';
export { type FusedOpSpec, fusedOp, type NamedTensors } from './fused-op.ts';
export {
  type CustomGradientSpec,
  customGradient,
  type GradOptions,
  grad,
  requireGrad,
  stopGradient,
  valueAndGrad,
} from './grad.ts';
export type { Keep, Saved } from './graph.ts';
export {
  type HostArray,
  type HostArrayLike,
  hostArray,
  isHostArray,
  type NestedArrays,
  type NestedNumbers,
} from './host-array.ts';
export { type IndexRange, indicesOf } from './indices.ts';
export * from './losses/index.ts';
export { debugMemory, type MemoryInfo, memory } from './memory.ts';
export * from './ops/index.ts';
export { type RecurrentStackOps, runRecurrentStack } from './ops/recurrent/run-stack.ts';
export { type RecurrentStackNames, recurrentStackNames } from './ops/recurrent/stack-names.ts';
export {
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInteger,
  checkOptions,
  checkRange,
  nearestName,
} from './options.ts';
export { Parameter, type ParameterOptions } from './parameter.ts';
export * from './random/index.ts';
export { createScope, isOwned, Scope, tidy } from './scope.ts';
export { openSession, type Session, type SessionOptions } from './session.ts';
export {
  activationSession,
  embeddingSession,
  gruSession,
  layerNormSession,
  linearSession,
  lstmSession,
  type SessionKind,
  type SessionKinds,
  type SessionLayerOf,
  simpleRnnSession,
  softmaxSession,
} from './session-kinds.ts';
export type { SessionLayer } from './session-layer.ts';
export {
  broadcastShapes,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from './shape.ts';
export { isRecording, type MultiOpSpec, multiOp, noGrad, type OpSpec, op } from './tape.ts';
export { Tensor } from './tensor.ts';
export * from './updates/index.ts';
export { type WeightPrecision, weightPrecisions, withWeightPrecision } from './weight-precision.ts';
