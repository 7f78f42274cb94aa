import type { HostArray } from '@lstm/core';
import type { OptimizerConfig } from '@lstm/optim';
import type { Logs } from '../callbacks.ts';
import type { History } from '../history.ts';
import type { FitOptions } from '../trainer.ts';
import type { ErrorData } from './error-data.ts';

/** What crosses to a worker once: a trainer as `save` wrote it, samples, and what `fit` takes as plain data. */
export interface Job {
  readonly model: Uint8Array<ArrayBuffer>;
  /** What the optimizer is, and its rate where it is constant. */
  readonly optimizer: Pick<OptimizerConfig, 'type'> & { readonly learningRate: number | undefined };
  readonly x: readonly HostArray[];
  readonly y: readonly HostArray[];
  readonly options: Omit<FitOptions, 'callbacks' | 'signal'>;
  /** Whether the page wants to hear of every batch. */
  readonly batches: boolean;
}

/** What a worker and the page that made it say to each other; the rest goes through the port of a job. */
export type Greeting =
  | { readonly lstm: 'hello' }
  /** With the name of the lock that tells of the worker's end, in browsers. */
  | { readonly lstm: 'ready'; readonly life?: string | undefined }
  | { readonly lstm: 'fit'; readonly job: Job; readonly port: Port };

/** What a worker says about a job while it trains. */
export interface Progress {
  readonly kind: 'batch' | 'epoch';
  readonly number: number;
  readonly logs: Logs;
}

/** How a job ended, and the trainer after it where it could be saved. */
export interface Outcome {
  readonly kind: 'end';
  readonly history?: History;
  readonly error?: ErrorData;
  readonly model?: Uint8Array<ArrayBuffer>;
}

/** What is asked of a `Worker` of the browser or of `node:worker_threads`, on its side too. */
export interface FitWorker {
  /** -1 in Node once it has ended. */
  readonly threadId?: number;
  postMessage(message: unknown, transfer: never[]): void;
  addEventListener?(type: string, listener: never): void;
  removeEventListener?(type: string, listener: never): void;
  on?(type: string, listener: never): unknown;
  off?(type: string, listener: never): unknown;
}

/** One side of a channel of its own. */
export interface Port extends FitWorker {
  start(): void;
  close(): void;
}

/** Posts a message, of which `transfer` is moved and not copied. */
export function post(
  endpoint: FitWorker,
  message: Greeting | Progress | Outcome | 'stop',
  transfer: object[] = [],
): void {
  endpoint.postMessage(message, transfer as never[]);
}

/** Listens until the returned function is called. A message is given as its data, an error as the event or the error. */
export function listen(endpoint: FitWorker, type: string, listener: (value: unknown) => void): () => void {
  if (endpoint.on !== undefined) {
    endpoint.on(type, listener as never);
    return () => endpoint.off?.(type, listener as never);
  }
  const heard = (event: { readonly data?: unknown }): void => listener(type === 'message' ? event.data : event);
  endpoint.addEventListener?.(type, heard as never);
  return () => endpoint.removeEventListener?.(type, heard as never);
}

/** Returns the greeting that a message is; other programs talk to the same worker. */
export function greetingIn(message: unknown): Greeting | undefined {
  return typeof (message as Greeting | undefined)?.lstm === 'string' ? (message as Greeting) : undefined;
}
