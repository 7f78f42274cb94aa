import type { TypedArray } from '@lstm/core';

/** Number of a native tensor; 0 stands for none. */
export type Handle = number;

/** Results in order, 0 where there is none. */
export type Handles = Handle[];

/** The native engine (native/addon/engine.h): a table of tensors, a queue that works through calls in order, and threads. */
export interface NativeEngine {
  describe(): { instructionSet: string; instructionSets: string[]; threads: number };
  upload(data: Float32Array | Int32Array): Handle;
  read(x: Handle): Promise<TypedArray>;
  readSync(x: Handle, into?: TypedArray): TypedArray;
  idle(): Promise<void>;
  pending(): [operations: number, bytes: number];
  dispose(): void;

  /** Has commands written to `memory` run, in order, before whatever else is called (commands.ts). */
  setCommands(memory: Float64Array): void;
  /** Fills `handles` with handles for results of commands. */
  reserve(handles: Float64Array): void;
  /** Runs the commands that are written. */
  run(): void;

  concat(xs: Handle[], outer: number, widths: number[]): Handle;

  linear(
    x: Handle,
    kernel: Handle,
    bias: Handle,
    rows: number,
    inputs: number,
    units: number,
    activation: number,
  ): Handle;
  linearBackward(
    x: Handle,
    kernel: Handle,
    y: Handle,
    dy: Handle,
    rows: number,
    inputs: number,
    units: number,
    activation: number,
    needs: number[],
  ): Handles;
  softmaxCrossEntropy(logits: Handle, labels: Handle, rows: number, classes: number): Handles;
  softmaxCrossEntropyBackward(
    logits: Handle,
    labels: Handle,
    saved: Handle,
    dlosses: Handle,
    rows: number,
    classes: number,
  ): Handle;
  layerNorm(x: Handle, gamma: Handle, beta: Handle, rows: number, features: number, epsilon: number): Handles;
  layerNormBackward(
    x: Handle,
    gamma: Handle,
    saved: Handle,
    dy: Handle,
    rows: number,
    features: number,
    needs: number[],
  ): Handles;
  recurrentStack(sizes: number[], units: number[], tensors: Handle[], training: number): Handles;
  recurrentStackBackward(saved: Handle, gradients: Handle[], needs: number[]): Handles;
  optimizerStep(
    numbers: number[],
    parameters: Handle[],
    gradients: Handle[],
    slots: Handle[],
    slotsPerParameter: number,
    loss: Handle,
  ): Handle;
  createSession(
    sessions: number,
    bfloat16: number,
    kinds: number[],
    numbers: number[],
    tensors: Handle[],
  ): NativeSession;
}

/** A stepping program (native/addon/session.cc). */
export interface NativeSession {
  step(input: Float32Array, output: Float32Array): void;
  readState(): Float32Array[];
  writeState(state: readonly Float32Array[]): void;
  dispose(): void;
}

/** What the compiled addon exports. */
export interface NativeModule {
  /** Processors that the process may use: affinity and container quota. */
  readonly processors: number;
  /** Names of commands, each at the place of its number. */
  readonly commands: readonly string[];
  readonly Engine: new (threads: number, instructionSet: string) => NativeEngine;
}

/** Position of each name as the native side numbers it. */
export const unaryKinds: readonly string[] = [
  'neg',
  'abs',
  'sign',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'recip',
  'floor',
  'erf',
  'relu',
  'sigmoid',
  'tanh',
];

/** As {@link unaryKinds}. */
export const binaryKinds: readonly string[] = ['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'less', 'equal'];

/** Numbered after {@link binaryKinds}: functions of the gradient of an output and the output. */
export const gradientKinds: readonly string[] = ['sigmoid', 'tanh'];

/** As {@link unaryKinds}. */
export const reduceKinds: readonly string[] = ['sum', 'max', 'argmax'];

/** As {@link unaryKinds}. */
export const activations: readonly string[] = ['linear', 'tanh', 'sigmoid', 'hardSigmoid', 'relu'];
