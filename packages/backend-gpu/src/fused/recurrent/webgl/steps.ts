import { type Shape, sizeOf } from '@lstm/core';
import type { Block, Lanes } from '../../../device.ts';
import type { KernelText } from '../../../gpu-js.ts';
import { padRows } from '../../../kernels/layout.ts';
import { quotient, residue } from '../../../source/index-math.ts';
import { elementIndex, laneKernel, texelIndex } from '../../../source/lanes.ts';
import { launchText } from '../../../source/launch.ts';
import type { GpuView, Store } from '../../../store.ts';
import type { GlDevice } from '../../../webgl/device.ts';
import type { TextureBlock } from '../../../webgl/textures.ts';
import type { Scratch } from '../call.ts';
import { backwardResults, type Cell, forwardResults } from '../cells.ts';
import type { ArgumentList, At, CallSizes, Group, Reach, Steps, Values } from '../steps.ts';
import { blockAt, type Grid, gridOf } from './grid.ts';
import { projectLengths, projectText } from './project-text.ts';

/** Textures of the even and the odd steps for each result, and what lets a launch write all of them at once. */
interface Textures extends Group {
  readonly even: readonly TextureBlock[];
  readonly odd: readonly TextureBlock[];
  readonly targets: readonly [WebGLFramebuffer, WebGLFramebuffer];
}

function reachOf({ units4 }: Grid, units: number): Reach {
  const lanes = [0, 1, 2, 3];
  /** Lanes beyond the units are 0: what infinity times the weights there makes of them would be NaN, and all units of the next step too. */
  const filled = (name: string): string =>
    lanes
      .map((l) => (4 * (units4 - 1) + l < units ? `${name}${l}` : `(x < ${units4 - 1} ? ${name}${l} : 0)`))
      .join(', ');
  return {
    lanes,
    columns: units4,
    position: `const x = ${residue(texelIndex, units4)}; const y = ${quotient(texelIndex, units4)};`,
    thread: texelIndex,
    part: (value, lane) => `${value}[${lane}]`,
    unit: (column, lane) => `${column} * 4 + ${lane}`,
    state(list: ArgumentList, at: At, name: string, column: string): string {
      const [x, y] = [list.use(`${at}X`, 'integer'), list.use(`${at}Y`, 'integer')];
      return `${list.use(`${at}${name}`, 'texel')}[1][${y} + whole(y)][${x} + ${column}]`;
    },
    beforeStored(list) {
      const [perColumn, batch] = [list.use('perColumn', 'integer'), list.use('batch', 'integer')];
      return `const over = ${quotient('whole(slot)', perColumn)};
      const column = over * ${units4} + x;
      const line = (slot - over * ${perColumn}) * ${batch} + y;`;
    },
    stored: (list, parity, name) => `${list.use(`${parity}${name}`, 'texel')}[1][whole(line)][whole(column)]`,
    projection: (list, gate) =>
      `${list.use(`projection${gate}`, 'texel')}[1][${list.use('projectionY', 'integer')} + whole(y)][${list.use('projectionX', 'integer')} + whole(x)]`,
    weights: (list, unit, gate, column) =>
      `${list.use('recurrent', 'texel')}[1][${unit}][${gate * units4} + ${column}]`,
    finish(list, body, names) {
      const [first, ...rest] = names as [string, ...string[]];
      const ends = [...rest.map((name) => `keep_${name}(${filled(name)});`), `return [${filled(first)}];`];
      return list.kernel(
        `${body} ${ends.join(' ')}`,
        rest.map((name) => `keep_${name}`),
      );
    },
  };
}

/** Steps on WebGL2: blocks of a grid of texels, four units to a texel. */
class GlSteps implements Steps {
  readonly reach: Reach;
  readonly padded: number;
  readonly #store: Store;
  readonly #gl: GlDevice;
  readonly #grid: Grid;
  readonly #gates: number;
  readonly #name: string;

  constructor(store: Store, gl: GlDevice, grid: Grid, gates: number, { name, units }: CallSizes) {
    this.#store = store;
    this.#gl = gl;
    this.#grid = grid;
    this.#gates = gates;
    this.#name = name;
    this.reach = reachOf(grid, units);
    this.padded = 4 * grid.units4;
  }

  open(names: readonly string[]): Group {
    const { width, height } = this.#grid;
    const take = (): TextureBlock[] => names.map(() => this.#gl.textures.take(4 * width * height, [width, height]));
    const [even, odd] = [take(), take()];
    const group: Textures = { names, even, odd, targets: [this.#gl.target(even), this.#gl.target(odd)] };
    return group;
  }

  close(group: Group): void {
    const { even, odd, targets } = group as Textures;
    for (const block of [...even, ...odd]) this.#store.device.free(block);
    for (const target of targets) this.#gl.deleteTarget(target);
  }

  at(at: At, groups: readonly Group[], step: number): Values {
    const values: Record<string, Block | number> = {};
    for (const { names, even, odd } of groups as readonly Textures[]) {
      const blocks = step % 2 === 0 ? even : odd;
      names.forEach((name, i) => {
        values[`${at}${name}`] = blocks[i] as TextureBlock;
      });
    }
    const { x, y } = blockAt(this.#grid, step);
    values[`${at}X`] = x;
    values[`${at}Y`] = y;
    return values;
  }

  all(groups: readonly Group[]): Values {
    const values: Record<string, Block | number> = { perColumn: this.#grid.perColumn };
    for (const { names, even, odd } of groups as readonly Textures[]) {
      names.forEach((name, i) => {
        values[`even${name}`] = even[i] as TextureBlock;
        values[`odd${name}`] = odd[i] as TextureBlock;
      });
    }
    return values;
  }

  run(key: string, text: () => KernelText, values: Values, group: Group, step: number): void {
    const { targets } = group as Textures;
    const { units4, batch } = this.#grid;
    const program = this.#gl.program(key, text);
    const rectangle = { ...blockAt(this.#grid, step), width: units4, height: batch };
    this.#gl.launch(program, values, targets[(step % 2) as 0 | 1], rectangle);
  }

  make(key: string, text: () => KernelText, values: Values, shape: Shape): GpuView {
    const block = this.#gl.textures.take(sizeOf(shape));
    this.#gl.launch(this.#gl.program(key, text), values, block.framebuffer, { ...block, x: 0, y: 0 });
    return this.#store.adopt(block, shape, 'float32', []);
  }

  /** A grid of texels: row k holds the weights of unit k, gate by gate, units filled up. */
  recurrent(kernel: GpuView): GpuView {
    const [gates, padded] = [this.#gates, this.padded];
    const units = kernel.shape[0] as number;
    const size = [(gates * padded) / 4, padded] as const;
    const block = this.#gl.textures.take(4 * size[0] * size[1], size);
    const text = (lanes: Lanes) =>
      laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const unit = residue(at, padded);
        const row = quotient(at, gates * padded);
        const gate = residue(quotient(at, padded), gates);
        return {
          statements: `let v$ = 0; if (${unit} < ${units} && ${row} < ${units}) {
            v$ = a[(${row} * ${gates} + ${gate}) * ${units} + ${unit}]; }`,
          value: 'v$',
        };
      });
    const program = this.#gl.program(`pack recurrent|${gates}|${units}`, () => launchText({ text }, 4));
    const weights = this.#store.textureOf(this.#name, kernel);
    this.#gl.draw(program, [weights], [], block.framebuffer, { ...block, x: 0, y: 0 });
    return this.#store.adopt(block, [padded, gates * padded], 'float32', []);
  }

  project(rows: GpuView, kernel: GpuView, scratch: Scratch): (t: number) => Values {
    const gates = this.#gates;
    // As the states before each step: one that fits the device fits it without the state after the last step.
    const grid = gridOf(this.#grid.batch, this.#grid.time - 1, this.padded, this.#gl.maxTextureSize) as Grid;
    const features = rows.shape[1] as number;
    const filled = features % 4 === 0 ? rows : scratch.view(padRows(this.#store, rows));
    const results = this.#gl.runMany(
      `project|${gates}|${features}|${grid.units4}|${grid.width === grid.units4}`,
      () => projectText(gates, grid, features),
      [filled, kernel].map((view) => this.#store.textureOf(this.#name, view)),
      [grid.width, grid.height],
      Object.values(projectLengths(grid)),
    );
    for (const result of results) scratch.view(this.#store.adopt(result, [result.size], 'float32', []));
    const named = ([0, 1] as const).map((parity) =>
      Object.fromEntries(
        results.slice(parity * gates, (parity + 1) * gates).map((block, gate) => [`projection${gate}`, block]),
      ),
    );
    return (t) => {
      const { x, y } = blockAt(grid, t);
      return { ...named[t % 2], projectionX: x, projectionY: y };
    };
  }
}

/** Returns how many textures the launches of a cell write at once; WebGL2 promises 4, nearly all devices have 8. */
function mostResults(cell: Cell): number {
  const launches = [...forwardResults(cell, true), ...backwardResults(cell, true)];
  return Math.max(2 * cell.gates, ...launches.map((names) => names.length));
}

/** Returns steps on WebGL2, or nothing where the device writes too few textures at once or they would be too large. */
export function glSteps(store: Store, gl: GlDevice, cell: Cell, sizes: CallSizes): Steps | undefined {
  const { batch, time, units } = sizes;
  if (mostResults(cell) > gl.maxResults) return undefined;
  const columns = Math.ceil(units / 4);
  if (cell.gates * columns > gl.maxTextureSize || 4 * columns > gl.maxTextureSize) return undefined;
  const grid = gridOf(batch, time, units, gl.maxTextureSize);
  return grid && new GlSteps(store, gl, grid, cell.gates, sizes);
}
