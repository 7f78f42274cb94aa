import { type Shape, sizeOf } from '@lstm/core';
import type { Block } from '../../../device.ts';
import type { KernelText } from '../../../gpu-js.ts';
import { slice } from '../../../kernels/layout.ts';
import { matmul } from '../../../kernels/matmul.ts';
import { quotient, residue } from '../../../source/index-math.ts';
import { type GpuView, reshaped, type Store } from '../../../store.ts';
import type { BufferBlock, BufferPart } from '../../../webgpu/buffers.ts';
import type { Arguments, WebGpuDevice } from '../../../webgpu/device.ts';
import type { Scratch } from '../call.ts';
import { backwardResults, type Cell, forwardResults } from '../cells.ts';
import type { ArgumentList, CallSizes, Group, Reach, Steps, Values } from '../steps.ts';

/** A step of a group has `names · batch · units` elements; the even steps are in one buffer, the odd ones in another. */
interface BufferSizes extends CallSizes {
  readonly gates: number;
  /** Results of the launches of a step forward, and of a step back. */
  readonly results: {
    readonly forward: readonly (readonly string[])[];
    readonly backward: readonly (readonly string[])[];
  };
}

interface Buffers extends Group {
  readonly even: BufferBlock;
  readonly odd: BufferBlock;
}

/** Returns how many elements lie between the steps of a buffer. */
function stepSize(names: number, { batch, units }: BufferSizes, alignment: number): number {
  return alignment * Math.ceil((names * batch * units) / alignment);
}

/** Returns how many steps the buffer of the even ones holds. */
function evenSteps({ time }: BufferSizes): number {
  return Math.floor(time / 2) + 1;
}

function reachOf({ units, gates, results }: BufferSizes): Reach {
  const all = [...results.forward, ...results.backward];
  /** Which launch of a step makes a result, and where among its results it stands. */
  const find = (name: string) => {
    for (const groups of [results.forward, results.backward]) {
      const launch = groups.findIndex((names) => names.includes(name));
      if (launch >= 0) return { launch, names: groups[launch] as readonly string[] };
    }
    return undefined;
  };
  /** The launch that makes a result, and the source of where it stands in a step of that. */
  const place = (list: ArgumentList, name: string): { launch: number; from: string } => {
    const { launch, names } = find(name) ?? { launch: 0, names: [name] };
    return { launch, from: `${names.indexOf(name) * units} * ${list.use('batch', 'integer')}` };
  };
  const thread = 'this.thread.x';
  return {
    lanes: [0],
    columns: units,
    position: `const x = ${residue(thread, units)}; const y = ${quotient(thread, units)};`,
    thread,
    part: (value) => value,
    unit: (column) => column,
    state(list: ArgumentList, at, name, column) {
      const { launch, from } = place(list, name);
      return `${list.use(`${at}${launch}`, 'element')}[${from} + whole(y) * ${units} + ${column}]`;
    },
    beforeStored: () => '',
    stored(list, parity, name) {
      const { launch, from } = place(list, name);
      const step = list.use(`step${launch}`, 'integer');
      const block = list.use(`${parity}${launch}`, 'element');
      return `${block}[whole(slot) * ${step} + ${from} + whole(y) * ${units} + whole(x)]`;
    },
    projection: (list, gate) =>
      `${list.use('projection', 'element')}[((whole(y) * ${list.use('projectionTime', 'integer')} + ${list.use('projectionT', 'integer')}) * ${gates} + ${gate}) * ${units} + whole(x)]`,
    weights: (list, unit, gate, column) =>
      `${list.use('recurrent', 'element')}[(${unit}) * ${gates * units} + ${gate * units} + ${column}]`,
    finish(list, body, names) {
      const first = names[0] as string;
      if (!all.some((group) => group.includes(first))) return list.kernel(`${body} return ${first}0;`);
      list.use('into', 'target');
      const ends = names.map((name) => `put0(${place(list, name).from} + ${thread}, ${name}0);`);
      return list.kernel(`${body} ${ends.join(' ')} return 0;`);
    },
  };
}

/** Steps on WebGPU: parts of storage buffers, one unit to a thread. */
class BufferSteps implements Steps {
  readonly reach: Reach;
  readonly padded: number;
  readonly #store: Store;
  readonly #webgpu: WebGpuDevice;
  readonly #sizes: BufferSizes;

  constructor(store: Store, webgpu: WebGpuDevice, sizes: BufferSizes) {
    this.#store = store;
    this.#webgpu = webgpu;
    this.#sizes = sizes;
    this.reach = reachOf(sizes);
    this.padded = sizes.units;
  }

  open(names: readonly string[]): Group {
    const step = stepSize(names.length, this.#sizes, this.#webgpu.alignment);
    const take = (count: number): BufferBlock => this.#webgpu.take(step * count);
    const even = evenSteps(this.#sizes);
    const group: Buffers = { names, even: take(even), odd: take(this.#sizes.time + 1 - even) };
    return group;
  }

  close(group: Group): void {
    const { even, odd } = group as Buffers;
    for (const block of [even, odd]) this.#store.device.free(block);
  }

  at(at: string, groups: readonly Group[], step: number): Values {
    return Object.fromEntries(groups.map((group, launch) => [`${at}${launch}`, this.#part(group as Buffers, step)]));
  }

  all(groups: readonly Group[]): Values {
    return Object.fromEntries(
      (groups as readonly Buffers[]).flatMap(({ names, even, odd }, launch): [string, Block | number][] => [
        [`even${launch}`, even],
        [`odd${launch}`, odd],
        [`step${launch}`, stepSize(names.length, this.#sizes, this.#webgpu.alignment)],
      ]),
    );
  }

  run(key: string, text: () => KernelText, values: Values, group: Group, step: number): void {
    const { batch, units } = this.#sizes;
    const into = this.#part(group as Buffers, step);
    const program = this.#webgpu.program(key, text);
    this.#webgpu.launch(program, { ...(values as Arguments), into }, batch * units, into.size);
  }

  make(key: string, text: () => KernelText, values: Values, shape: Shape): GpuView {
    const size = sizeOf(shape);
    const block = this.#webgpu.take(size);
    this.#webgpu.launch(this.#webgpu.program(key, text), values as Arguments, size, size, block);
    return this.#store.adopt(block, shape, 'float32', []);
  }

  recurrent(kernel: GpuView): GpuView {
    return kernel;
  }

  /** In as few products as can be: all gates of all steps may be more than a tensor holds. */
  project(rows: GpuView, kernel: GpuView, scratch: Scratch): (t: number) => Values {
    const { name, gates, batch, time, units } = this.#sizes;
    const width = gates * units;
    const features = rows.shape[1] as number;
    const atOnce = Math.min(time, Math.floor(this.#store.device.limit / (batch * width)));
    const products: Values[] = [];
    for (let from = 0; from < time; from += atOnce) {
      const count = Math.min(atOnce, time - from);
      const part =
        count === time
          ? rows
          : scratch.view(
              slice(this.#store, reshaped(rows, [batch, time, features]), [0, from, 0], [batch, count, features]),
            );
      const product = matmul(
        this.#store,
        reshaped(part, [batch * count, features]),
        reshaped(kernel, [features, width]),
        { transposeA: false, transposeB: false },
      );
      products.push({ projection: this.#store.blockOf(name, scratch.view(product)), projectionTime: count });
    }
    return (t) => ({ ...products[Math.floor(t / atOnce)], projectionT: t % atOnce });
  }

  #part({ names, even, odd }: Buffers, step: number): BufferPart {
    const { batch, units } = this.#sizes;
    const from = Math.floor(step / 2) * stepSize(names.length, this.#sizes, this.#webgpu.alignment);
    return { buffer: (step % 2 === 0 ? even : odd).buffer, from, size: names.length * batch * units };
  }
}

/** Returns the most arrays that a launch of the cell takes, with every optional input; that is a step back. */
function mostArrays({ forward, backward, carriesCell }: Cell): number {
  // The recurrent kernel, the gradient of the output, two masks and the results; gradients carried on, what was saved.
  const always = 5 + backward.length + forward.length;
  return always + (carriesCell || backward[0]?.state === 'before' ? 1 : 0);
}

interface Needed {
  readonly training: boolean;
  readonly mask: boolean;
}

/** Returns steps on WebGPU, or nothing where the device binds too few buffers at once or they would be too large. */
export function bufferSteps(store: Store, cell: Cell, sizes: CallSizes, { training, mask }: Needed): Steps | undefined {
  const { webgpu } = store;
  if (webgpu === undefined || mostArrays(cell) > webgpu.mostArrays) return undefined;
  const results = { forward: forwardResults(cell, training), backward: backwardResults(cell, mask) };
  const all = { ...sizes, gates: cell.gates, results };
  const widest = Math.max(...[...results.forward, ...results.backward].map((names) => names.length));
  const fits = stepSize(widest, all, webgpu.alignment) * evenSteps(all) <= webgpu.largest;
  return fits ? new BufferSteps(store, webgpu, all) : undefined;
}
