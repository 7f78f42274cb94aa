import { BackendError } from '@lstm/core';
import type { ArgumentKind } from './gpu-js.ts';
import type { GpuMode } from './mode.ts';

/** Memory of the device that holds `size` float32 elements. */
export interface Block {
  readonly size: number;
}

/**
 * What a source is written for: how many neighbouring elements one thread makes. 4: it reads and returns whole texels; 1: it
 * reads and returns single elements.
 */
export type Lanes = 4 | 1;

/** Body of a kernel and how it reads each input; their names are `a`, `b`, … */
export interface LaneText {
  readonly body: string;
  readonly reads: readonly Exclude<ArgumentKind, 'float' | 'integer'>[];
}

/** Whole numbers by the names that a source has for them. */
export type Lengths = Readonly<Record<string, number>>;

/** One launch of a kernel that makes one tensor. */
export interface Launch<B extends Block = Block> {
  /**
   * Names the source, all constants in it included; equal keys share one compiled program. Compiling takes as long as hundreds of
   * launches: what differs from batch to batch, or between the layers of a network, is no constant but one of the lengths.
   */
  readonly key: string;
  readonly text: (lanes: Lanes) => LaneText;
  readonly inputs: readonly B[];
  /** Arguments after the inputs. */
  readonly lengths?: Lengths;
  /** Float arguments after the lengths, by their names in the source. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Elements of the result. */
  readonly size: number;
}

/** Where kernels run: compiles and keeps programs, launches them in call order, owns the memory. */
export interface Device<B extends Block = Block> {
  readonly mode: GpuMode;
  /** What the browser or driver calls what computes; may be empty. */
  readonly renderer: string;
  readonly lanes: Lanes;
  /** Largest number of elements of a tensor. */
  readonly limit: number;
  /** Throws when the device is lost or disposed. */
  check(where: string): void;
  upload(values: Float32Array | Int32Array): B;
  run(launch: Launch<B>): B;
  /** Resolves to a copy of the contents; rejects when the device was lost. */
  read(block: B): Promise<Float32Array>;
  free(block: B): void;
  readonly pending: { readonly ops: number; readonly bytes: number };
  idle(): Promise<void>;
  /** Compiled programs, live blocks and their bytes; for tests and measurements. */
  readonly counts: DeviceCounts;
  dispose(): void;
}

/** What a device holds and did. */
export interface DeviceCounts {
  readonly programs: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly launches: number;
}

/** What errors tell to do where the memory of a device is gone. */
export const startAgain =
  'Networks on this backend stay lost: after await useBackend(gpu()), loadTrainer(bytes) makes the trainer of the last checkpoint on the new one.';

/** The error of everything that is asked of a device after its driver refused work, which it does without telling the caller. */
export function workRefused(where: string, fact: string): BackendError {
  return new BackendError(where, fact, 'What was computed since is not to be trusted.', startAgain);
}
