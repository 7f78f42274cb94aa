import type { Workload } from './workloads.ts';

/** A request to a worker: one line of JSON. */
export type Request =
  /** Builds the network of a workload with the weights and data of a safetensors file, and computes what is compared. */
  | { readonly do: 'prepare'; readonly workload: Workload; readonly file: string; readonly options: WorkerOptions }
  /** Runs the work `repeat` times a sample, and answers with the milliseconds of one run, sample by sample. */
  | { readonly do: 'measure'; readonly warmups: number; readonly samples: number; readonly repeat: number }
  /** Looks closer at single steps of a stream. */
  | { readonly do: 'inspect' };

/** What a worker of an engine is told besides the workload. */
export interface WorkerOptions {
  readonly threads: number;
  /** Which of an engine's own backends. */
  readonly backend?: string;
  /** How our engine stores weights for inference. */
  readonly weightPrecision: 'float32' | 'bfloat16';
  readonly adam: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly clipNorm: number;
  };
  readonly comparedSteps: number;
  readonly comparedStreamSteps: number;
}

/** What all engines must agree on. */
export interface Evidence {
  /** The loss before each of the first training steps. */
  readonly losses?: readonly number[];
  /** The last output `[batch, units]`. */
  readonly output?: readonly number[];
}

/** The answer to `prepare`. */
export interface PrepareAnswer extends Evidence {
  readonly version: string;
  /** What else decides the engine's speed: libraries, instruction set, environment. */
  readonly settings: string;
}

/** The answer to `measure`. */
export interface MeasureAnswer {
  readonly milliseconds: readonly number[];
}

/** The answer to `inspect`. */
export interface InspectAnswer {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly bytesPerStep: number;
}

/** Any answer; `error` says why there is none. */
export type Answer = PrepareAnswer | MeasureAnswer | InspectAnswer | { readonly error: string };
