import type { GruAttributes, LstmAttributes, LstmInputs, RecurrentAttributes } from '@lstm/core';
import { padRows } from '../../kernels/layout.ts';
import { type GpuView, reshaped, type Store } from '../../store.ts';
import type { Cell, CellActivations } from './cells.ts';
import type { Steps } from './steps.ts';

/** Inputs of any recurrent kernel. */
export type Inputs = LstmInputs<GpuView>;
/** Attributes of any recurrent kernel. */
export type Attributes = RecurrentAttributes & Partial<LstmAttributes> & Partial<GruAttributes>;

/** A call of a recurrent kernel: sizes, sources and what its launches share. */
export interface Call {
  readonly store: Store;
  readonly steps: Steps;
  readonly name: string;
  readonly cell: Cell;
  readonly activations: CellActivations;
  readonly batch: number;
  readonly time: number;
  readonly features: number;
  readonly units: number;
  readonly inputs: Inputs;
  readonly attributes: Attributes;
}

/** Returns what tells apart the sources of two calls; sequences of any number and length share them. */
export function callKey({ name, cell, activations, units }: Call): string {
  const { activation, recurrentActivation } = activations;
  return [name, cell.forward.length, activation, recurrentActivation, units].join('|');
}

/** Things to free when a call is over. */
export class Scratch {
  readonly #store: Store;
  readonly #views: GpuView[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  view(view: GpuView): GpuView {
    this.#views.push(view);
    return view;
  }

  free(): void {
    for (const { handle } of this.#views) this.#store.free(handle);
  }
}

/** Returns `[…, units]` with units as they are stored; the view itself where they are. */
export function padUnits({ store, steps, units }: Call, view: GpuView, rows: number, scratch: Scratch): GpuView {
  const shaped = reshaped(view, [rows, units]);
  return units === steps.padded ? shaped : scratch.view(padRows(store, shaped));
}
