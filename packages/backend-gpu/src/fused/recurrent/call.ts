import type { GruAttributes, LstmAttributes, LstmInputs, RecurrentAttributes } from '@lstm/core';
import { padRows } from '../../kernels/layout.ts';
import { quotient, residue } from '../../source/index-math.ts';
import { elementIndex, laneKernel } from '../../source/lanes.ts';
import type { GpuView, Store } from '../../store.ts';
import type { GlDevice } from '../../webgl/device.ts';
import type { TextureBlock } from '../../webgl/textures.ts';
import type { Cell, CellActivations } from './cells.ts';
import type { Grid, History } from './grid.ts';

/** Inputs of any recurrent kernel. */
export type Inputs = LstmInputs<GpuView>;
/** Attributes of any recurrent kernel. */
export type Attributes = RecurrentAttributes & Partial<LstmAttributes> & Partial<GruAttributes>;

/** A call of a recurrent kernel: sizes, sources and what its launches share. */
export interface Call {
  readonly store: Store;
  readonly gl: GlDevice;
  readonly name: string;
  readonly cell: Cell;
  readonly activations: CellActivations;
  readonly grid: Grid;
  readonly features: number;
  readonly units: number;
  readonly inputs: Inputs;
  readonly attributes: Attributes;
}

/** Units filled up to whole texels. */
export function paddedUnits({ grid }: Pick<Call, 'grid'>): number {
  return 4 * grid.units4;
}

/** Returns what tells apart the sources of two calls. */
export function callKey({ name, activations, grid }: Call): string {
  const { batch, time, units4 } = grid;
  return [name, activations.activation, activations.recurrentActivation, batch, time, units4].join('|');
}

/** Returns a view with the same elements in another shape. */
export function reshaped(view: GpuView, shape: readonly number[]): GpuView {
  return { ...view, shape };
}

/** Things to free when a call is over. */
export class Scratch {
  readonly #store: Store;
  readonly #views: GpuView[] = [];
  readonly #blocks: TextureBlock[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  view(view: GpuView): GpuView {
    this.#views.push(view);
    return view;
  }

  block(block: TextureBlock): TextureBlock {
    this.#blocks.push(block);
    return block;
  }

  free(): void {
    for (const { handle } of this.#views) this.#store.free(handle);
    for (const block of this.#blocks) this.#store.device.free(block);
  }
}

/** Returns `[…, units]` with units filled up to whole texels; the view itself where they are. */
export function padUnits(call: Call, view: GpuView, rows: number, scratch: Scratch): GpuView {
  const shaped = reshaped(view, [rows, call.units]);
  return call.units % 4 === 0 ? shaped : scratch.view(padRows(call.store, shaped));
}

/** Returns the recurrent kernel as a grid of texels: row k holds the weights of unit k, gate by gate, units filled up. */
export function packRecurrent(call: Call): TextureBlock {
  const { gl, store, cell, grid, units, inputs } = call;
  const { units4 } = grid;
  const padded = 4 * units4;
  const size = [cell.gates * units4, padded] as const;
  const block = gl.textures.take(4 * size[0] * size[1], size);
  const program = gl.program(`pack recurrent|${cell.gates}|${units}`, () => {
    const text = laneKernel(4, ['element'], 0, '', (lane) => {
      const at = elementIndex(4, lane);
      const unit = residue(at, padded);
      const row = quotient(at, cell.gates * padded);
      const gate = residue(quotient(at, padded), cell.gates);
      return {
        statements: `let v$ = 0; if (${unit} < ${units} && ${row} < ${units}) {
          v$ = a[(${row} * ${cell.gates} + ${gate}) * ${units} + ${unit}]; }`,
        value: 'v$',
      };
    });
    return { source: text.source, arguments: text.reads };
  });
  const weights = store.textureOf(call.name, inputs.recurrentKernel);
  gl.draw(program, [weights], [], block.framebuffer, { x: 0, y: 0, width: size[0], height: size[1] });
  return block;
}

/** Returns room for a state of every step. */
export function newHistory({ gl, grid }: Call): History {
  const { width, height } = grid;
  const take = (): TextureBlock => gl.textures.take(4 * width * height, [width, height]);
  return [take(), take()];
}
