import type { DType, TypedArray } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import type { FusedKernels } from './fused.ts';
import type { BackendSession, SessionPlan } from './session.ts';
import type { FusedUpdates } from './updates.ts';

/**
 * What kernels see of a tensor: contiguous, row-major. `H` is private to the backend; its contents may be pending. Kernels never change
 * what an operand holds, the gradients that a `backward` is given included: other tensors may share it. The shape is that of the view: a
 * reshape passes the same handle on with another one.
 */
export interface View<H = unknown> {
  readonly handle: H;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Elementwise functions of one input; `recip` is 1/x, `erf` the error function. */
export type UnaryKind =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'recip'
  | 'floor'
  | 'erf'
  | 'relu'
  | 'sigmoid'
  | 'tanh';

/** Elementwise functions of two inputs; `less` and `equal` give 0 or 1. */
export type BinaryKind = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'less' | 'equal';

/** Reductions; `argmax` gives int32 and takes exactly one axis. */
export type ReduceKind = 'sum' | 'max' | 'argmax';

/** Which operands of a matrix product are taken transposed (last two axes). */
export interface MatmulFlags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Key of a random stream (see `philoxKey`) and the step that the numbers belong to. */
export interface BernoulliKey {
  /** Two unsigned 32-bit words. */
  readonly key: readonly [number, number];
  /** Training step, a non-negative integer. */
  readonly step: number;
}

/**
 * The required kernels: a backend that has these runs every op.
 *
 * Each call returns at once with the shape and dtype of its result; the work may run later, in call order.
 * Core has checked shapes and dtypes before it calls. Every result is a new handle that the kernel allocated.
 */
export interface Kernels<H = unknown> {
  /** A tensor of `shape` that holds `value` everywhere. */
  fill(shape: Shape, value: number, dtype: DType): View<H>;
  /** `x` converted; float to int truncates towards zero, what int32 can't hold becomes −2³¹. The same dtype gives a copy. */
  cast(x: View<H>, dtype: DType): View<H>;
  /** Elementwise; NaN propagates. Floating point only, but `neg`, `abs`, `sign` also take int32. */
  unary(kind: UnaryKind, x: View<H>): View<H>;
  /**
   * Elementwise with NumPy broadcasting; `a` and `b` have one dtype. `less` and `equal` give 0/1 in the dtype of the inputs,
   * float32 for int32 inputs. `max` and `min` propagate NaN. `div` and `pow` are floating point only.
   */
  binary(kind: BinaryKind, a: View<H>, b: View<H>): View<H>;
  /** `condition ≠ 0 ? a : b`, all three broadcast together; a choice, never a product, so NaN in the other one is harmless. */
  select(condition: View<H>, a: View<H>, b: View<H>): View<H>;
  /** Reduced axes stay with length 1. An empty sum is 0; ties of `argmax` give the lowest index; NaN counts as the largest. */
  reduce(kind: ReduceKind, x: View<H>, axes: readonly number[]): View<H>;
  /** `[…batch, m, k] × […batch, k, n] → […batch, m, n]`; both have the same batch axes (core broadcasts), or none. */
  matmul(a: View<H>, b: View<H>, flags: MatmulFlags): View<H>;
  /** A copy whose axis `i` is axis `permutation[i]` of `x`. */
  transpose(x: View<H>, permutation: readonly number[]): View<H>;
  /** A copy of the block that starts at `begin` and has shape `size`. */
  slice(x: View<H>, begin: readonly number[], size: Shape): View<H>;
  /** The inputs (at least one) one after the other along `axis`. */
  concat(xs: readonly View<H>[], axis: number): View<H>;
  /**
   * Rows of a table: `[rows, …rest]`, int32 indices of any shape `→ […indices, …rest]`. An index outside `[0, rows)` is an
   * error, at once or at the next read.
   */
  gather(table: View<H>, indices: View<H>): View<H>;
  /** Sum of `updates` `[…indices, …rest]` by row: `→ [rows, …rest]`; indices as in `gather`. */
  scatterAdd(indices: View<H>, updates: View<H>, rows: number): View<H>;
  /** Optional. `dy · f′(x)` from `y = f(x)`, elementwise, both of one shape: one kernel where ordinary ones take three. */
  activationGradient?(kind: 'sigmoid' | 'tanh', dy: View<H>, y: View<H>): View<H>;
  /** Optional. Inclusive running sum along one axis. */
  cumulativeSum?(x: View<H>, axis: number): View<H>;
  /** Optional. `x` with the given axes reversed. */
  flip?(x: View<H>, axes: readonly number[]): View<H>;
  /** Optional. `x` rounded to the nearest bfloat16, ties to even, in the dtype of `x`. Other kernels may then pack it in half the memory. */
  roundToBfloat16?(x: View<H>): View<H>;
  /** Optional. Ones with probability `1 − rate`, else zeros; must equal core's `bernoulli` bit for bit. */
  bernoulli?(shape: Shape, rate: number, key: BernoulliKey): View<H>;
}

/** Work that was queued and has not run. */
export interface PendingWork {
  /** Number of queued kernels. */
  readonly ops: number;
  /** Bytes that the queued kernels' results take. */
  readonly bytes: number;
}

/**
 * A device that runs kernels. Write one with {@link defineBackend}.
 *
 * Calls are synchronous, work may be deferred, order is call order, and only reading waits. Work that fails poisons its
 * results and what depends on them: the next read of any of them rejects with the op's name; freeing them stays legal.
 */
export interface Backend<H = unknown> {
  /** Version of this contract; core refuses others. */
  readonly apiVersion: 1;
  /** Short name such as `cpu`, for messages and tables. */
  readonly name: string;
  /** Data types that the kernels take; float32 and int32 are a must. */
  readonly dtypes: ReadonlySet<DType>;
  /** Arithmetic of the kernels; chooses the tolerances of the conformance cases. */
  readonly precision: 'float64' | 'float32' | 'reduced';
  /** True when kernels run on the caller's thread, so that long loops should yield to the event loop. */
  readonly computesOnCaller: boolean;
  readonly kernels: Kernels<H>;
  /** Optional differentiable kernels, each with forward and backward together. */
  readonly fused?: FusedKernels<H>;
  /** Optional kernels that write in place into buffers donated by core. */
  readonly updates?: FusedUpdates<H>;
  /** Copies host data to the device; the caller may reuse `data` at once. */
  upload(data: TypedArray, shape: Shape): View<H>;
  /** Resolves to a fresh copy of the contents; rejects when the work that makes them failed. */
  read(view: View<H>): Promise<TypedArray>;
  /** Optional. Like `read`, but finishes queued work on the calling thread; fills and returns `into` where given. */
  readSync?(view: View<H>, into?: TypedArray): TypedArray;
  /** Gives the memory back, in call order after the work queued before. Called exactly once for each handle. */
  free(handle: H): void;
  /** Queued work; absent on a backend that computes at once. */
  readonly pending?: PendingWork;
  /** Resolves when the work queued so far is done. Absent on a backend that computes at once. */
  idle?(): Promise<void>;
  /** Optional. A stepping program without tape, handles or promises; `undefined` when the plan is not supported. */
  createSession?(plan: SessionPlan<H>): BackendSession | undefined;
  /** Frees the device. Using the backend afterwards is an error. */
  dispose(): void;
}
