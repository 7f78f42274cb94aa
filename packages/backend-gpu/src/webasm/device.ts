import { DisposedError } from '@lstm/core';
import type { Block, Device, DeviceCounts, Launch } from '../device.ts';
import { type GpuJs, type KernelText, type WasmProgram, wasmCompiler } from '../gpu-js.ts';
import { ProgramCache } from '../program-cache.ts';
import { launchText } from '../source/launch.ts';

/** Memory of the WebAssembly mode: an array of the host. */
export interface HostBlock extends Block {
  readonly values: Float32Array;
}

// Each program has a memory of its own.
const mostPrograms = 2048;

/** Returns a launch with its lengths written into the source: gpu.js has only float32 to hold them in. */
function withoutLengths({ text, lengths = {}, ...launch }: Launch): Launch {
  const written = (source: string): string =>
    Object.entries(lengths).reduce(
      (done, [name, value]) => done.replace(new RegExp(`count\\(${name}\\)|\\b${name}\\b`, 'g'), String(value)),
      source,
    );
  return {
    ...launch,
    text: (lanes) => {
      const { body, reads } = text(lanes);
      return { body: written(body), reads };
    },
  };
}

/** gpu.js's WebAssembly mode: kernels run at once, on the caller's thread; needs no GPU. */
export class WasmDevice implements Device<HostBlock> {
  readonly mode = 'webasm';
  readonly renderer = 'WebAssembly';
  readonly lanes = 1;
  // Indices are float32 here, and half-way points between them must be exact.
  readonly limit: number = 2 ** 23;
  readonly pending = { ops: 0, bytes: 0 };
  readonly #compile: (text: KernelText, size: number) => WasmProgram;
  readonly #programs = new ProgramCache<WasmProgram>(mostPrograms);
  #blocks = 0;
  #bytes = 0;
  #launches = 0;
  #disposed = false;

  constructor(library: GpuJs) {
    this.#compile = wasmCompiler(library);
  }

  get counts(): DeviceCounts {
    return { programs: this.#programs.size, blocks: this.#blocks, bytes: this.#bytes, launches: this.#launches };
  }

  check(where: string): void {
    if (!this.#disposed) return;
    throw new DisposedError(
      where,
      'the backend was disposed.',
      'Its memory is gone.',
      'Create a new one: await gpu().',
    );
  }

  upload(values: Float32Array | Int32Array): HostBlock {
    return this.#adopt(Float32Array.from(values));
  }

  run(launch: Launch<HostBlock>): HostBlock {
    const { key, inputs, lengths = {}, numbers = {}, size } = launch;
    // All sizes are in the code that gpu.js makes.
    const program = [key, size, ...inputs.map((input) => input.size), ...Object.values(lengths)].join('|');
    const compute = (): Float32Array =>
      this.#programs
        .get(program, () => this.#compile(launchText(withoutLengths(launch), 1), size))
        .run([...inputs.map(({ values }) => values), ...Object.values(numbers)]);
    this.#launches++;
    try {
      return this.#adopt(compute());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Browsers have room for about a hundred memories.
      this.#programs.dispose();
      return this.#adopt(compute());
    }
  }

  async read({ values }: HostBlock): Promise<Float32Array> {
    this.check('read');
    return values.slice();
  }

  async idle(): Promise<void> {}

  free({ size }: HostBlock): void {
    this.#blocks--;
    this.#bytes -= 4 * size;
  }

  dispose(): void {
    this.#programs.dispose();
    this.#disposed = true;
  }

  #adopt(values: Float32Array): HostBlock {
    this.#blocks++;
    this.#bytes += 4 * values.length;
    return { values, size: values.length };
  }
}
