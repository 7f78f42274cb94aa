// For who compiles the sources of this package with their own.
/// <reference path="./gpu-browser.d.ts" />

// The one file that touches gpu.js: it is imported when a backend is created, its kernels are compiled from source strings,
// and what they need of its internals (pinned by the exact version in package.json) is named and checked here.
import { BackendError } from '@lstm/core';
import { ownFault } from './own-fault.ts';
import { glMacros, nativeHelpers, scalarHelpers } from './source/helpers.ts';
import { rewriteShader, stubs } from './source/wgsl.ts';
import { noWebGl2 } from './webgl/context.ts';

/**
 * How a kernel uses an argument: it reads four elements at once, or one; it reads and writes single elements (WebGPU only); or
 * the argument is a number given at each launch.
 */
export type ArgumentKind = 'texel' | 'element' | 'target' | 'float' | 'integer';

/** A kernel in gpu.js's subset of JavaScript. */
export interface KernelText {
  readonly source: string;
  readonly arguments: readonly ArgumentKind[];
  /** Names of functions of four numbers whose calls fill further results (WebGL2 only). */
  readonly extraResults?: readonly string[];
}

/** A program in a WebGL2 context, made by gpu.js; we launch it ourselves. */
export interface GlProgram {
  readonly program: WebGLProgram;
  /** Names of the arguments. */
  readonly names: readonly string[];
  /** Uniform of each argument. */
  readonly uniforms: readonly string[];
  destroy(): void;
}

/** A kernel compiled to WebAssembly by gpu.js. */
export interface WasmProgram {
  run(inputs: readonly (Float32Array | number)[]): Float32Array;
  destroy(): void;
}

/** A compute shader by gpu.js; where the parameters of a launch lie is told here. */
export interface ShaderText {
  /** WGSL with one storage buffer for each array after the uniform parameters, then the result unless it writes to targets. */
  readonly code: string;
  /** Names of the arrays in the order of their buffers. */
  readonly arrays: readonly string[];
  readonly parameterBytes: number;
  /** Where in the parameters each number lies. */
  readonly numbers: readonly ShaderNumber[];
}

/** A number among the parameters of a shader. */
export interface ShaderNumber {
  readonly name: string;
  /** In bytes. */
  readonly offset: number;
  readonly whole: boolean;
}

interface Kernel {
  readonly compiledSource?: string;
  readonly paramsLayout?: {
    readonly byteLength: number;
    readonly arrayArgs: readonly { readonly name: string }[];
    readonly scalarArgs: readonly { readonly name: string; readonly offset: number; readonly type: string }[];
  };
  _buildAsync?: () => Promise<void>;
  readonly program?: WebGLProgram | null;
  readonly argumentNames: readonly string[];
  readonly constructor: { readonly mode?: string };
  build(...values: readonly unknown[]): void;
  destroy(removeCanvasReferences?: boolean): void;
  onRequestFallback: () => never;
  _setupOutputTexture?: () => void;
  _setupSubOutputTextures?: () => void;
}

interface Shortcut {
  (...values: readonly unknown[]): unknown;
  readonly kernel: Kernel;
}

type HelperTypes = { readonly argumentTypes: Readonly<Record<string, string>>; readonly returnType: string };

interface Gpu {
  readonly kernels: unknown[];
  createKernel(source: string, settings: object): Shortcut;
  createKernelMap(extra: Readonly<Record<string, string>>, source: string, settings: object): Shortcut;
  addFunction(source: string, types: HelperTypes): void;
  addNativeFunction(name: string, source: string, types: HelperTypes): void;
  injectNative(source: string): void;
  destroy(): Promise<void>;
}

/** What we use of the module `gpu.js`. */
export interface GpuJs {
  readonly GPU: (new (settings: object) => Gpu) & { readonly isWebGL2Supported: boolean };
  input(values: Float32Array, size: readonly number[]): unknown;
}

let loading: Promise<GpuJs> | undefined;

/** Resolves to gpu.js, which is loaded once: its global is there after the first import only. */
export function loadGpuJs(): Promise<GpuJs> {
  loading ??= importGpuJs().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/**
 * The browser build by name, in Node as well: the other one requires `gl` and `webgpu`, which bundlers would follow. It sets a global
 * `GPU` and so hides WebGPU's interface: that is put back.
 */
async function importGpuJs(): Promise<GpuJs> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'GPU');
  const module: { readonly default?: unknown } = await import('gpu.js/dist/gpu-browser.js');
  // Where no bundler makes a module of that build, the global is all it gives.
  const { GPU: global } = globalThis as { readonly GPU?: unknown };
  if (before !== undefined) Object.defineProperty(globalThis, 'GPU', before);
  else Reflect.deleteProperty(globalThis, 'GPU');
  for (const library of [module, module.default, global] as (Partial<GpuJs> | undefined)[]) {
    if (library?.GPU !== undefined && library.input !== undefined) return { GPU: library.GPU, input: library.input };
  }
  throw new BackendError(
    'gpu',
    'the module gpu.js has no GPU.',
    'This backend is written for gpu.js 2.24.1.',
    'Install that version: npm install gpu.js@2.24.1.',
  );
}

const settings = {
  precision: 'single',
  tactic: 'precision',
  strictIntegers: true,
  fixIntegerDivisionAccuracy: false,
  pipeline: true,
  loopMaxIterations: 2 ** 24,
};

/** gpu.js would go on in plain JavaScript, silently: never. */
function refuseFallback(kernel: Kernel, mode: string): void {
  kernel.onRequestFallback = () => {
    throw new BackendError(
      'gpu',
      `gpu.js can't run a kernel in mode ${mode}.`,
      'There is no fall back to its CPU mode.',
      'Create the backend in another mode: gpu({ mode }).',
    );
  };
}

/** gpu.js changes names with an underscore or a dollar sign: a uniform of another name would read the wrong texture. */
function uniformOf(name: string): string {
  if (/^[a-zA-Z0-9]+$/.test(name)) return `user_${name}`;
  throw ownFault(`a kernel has an argument ${name}, and names of arguments are letters and digits.`);
}

/** Returns what compiles kernels for a WebGL2 context. Every result is four elements to a texel of an RGBA32F texture. */
export function glCompiler(library: GpuJs, context: WebGL2RenderingContext): (text: KernelText) => GlProgram {
  // It asks a canvas of the page where there is one; ours may be another kind.
  if (!library.GPU.isWebGL2Supported) throw noWebGl2();
  // gpu.js resizes the canvas to its largest texture; we never draw to it, so it gets one that takes no memory.
  const gpu = new library.GPU({ mode: 'webgl2', context, canvas: { width: 1, height: 1 } });
  gpu.injectNative(glMacros);
  for (const { name, source, types } of nativeHelpers) gpu.addNativeFunction(name, source, types);
  for (const { source, types } of scalarHelpers) gpu.addFunction(source, types);
  const types = {
    texel: 'ArrayTexture(4)',
    element: 'MemoryOptimizedNumberTexture',
    float: 'Float',
    integer: 'Integer',
  };
  const typeOf = (kind: ArgumentKind): string => {
    if (kind !== 'target') return types[kind];
    throw ownFault('a WebGL2 kernel has a target.');
  };
  return ({ source, arguments: kinds, extraResults = [] }) => {
    const options = {
      ...settings,
      // The size of the result is a uniform, those of the inputs are not looked at: see glMacros.
      dynamicOutput: true,
      output: [1, 1],
      returnType: 'Array(4)',
      argumentTypes: kinds.map(typeOf),
    };
    const extra = Object.fromEntries(
      extraResults.map((name) => [name, `function ${name}(a, b, c, d) { return [a, b, c, d]; }`]),
    );
    const { kernel } =
      extraResults.length > 0 ? gpu.createKernelMap(extra, source, options) : gpu.createKernel(source, options);
    gpu.kernels.length = 0;
    refuseFallback(kernel, 'webgl2');
    // Results go to textures of ours.
    kernel._setupOutputTexture = () => {};
    kernel._setupSubOutputTextures = () => {};
    const stand = { size: [1, 1], dimensions: [1, 1, 1], texture: null, context };
    kernel.build(
      ...kinds.map((kind) => (kind === 'float' || kind === 'integer' ? 0 : { ...stand, type: typeOf(kind) })),
    );
    if (!kernel.program) throw ownFault('gpu.js built no program.');
    return {
      program: kernel.program,
      names: kernel.argumentNames,
      uniforms: kernel.argumentNames.map(uniformOf),
      destroy: () => kernel.destroy(true),
    };
  };
}

/** Types of arguments where arrays are no textures. */
const hostTypes = { texel: 'Input', element: 'Input', target: 'Input', float: 'Float', integer: 'Integer' } as const;

/** Returns what compiles kernels to WebAssembly; sizes of inputs and result are part of the code. */
export function wasmCompiler(library: GpuJs): (text: KernelText, size: number) => WasmProgram {
  const gpu = new library.GPU({ mode: 'webasm' });
  for (const { source, types } of scalarHelpers) gpu.addFunction(source, types);
  const number: HelperTypes = { argumentTypes: { i: 'Number', n: 'Number' }, returnType: 'Number' };
  // Exact for i below 2²³: see the limit of the webasm mode.
  gpu.addFunction('function quotient(i, n) { return Math.floor((i + 0.5) / n); }', number);
  gpu.addFunction('function residue(i, n) { return i - n * Math.floor((i + 0.5) / n); }', number);
  const one: HelperTypes = { argumentTypes: { x: 'Number' }, returnType: 'Number' };
  gpu.addFunction('function isNan(x) { let n = 1; if (x <= 0) { n = 0; } if (x > 0) { n = 0; } return n; }', one);
  gpu.addFunction('function isFinite(x) { let n = 0; if (Math.abs(x) <= 3.4028234e38) { n = 1; } return n; }', one);
  gpu.addFunction('function whole(x) { return x; }', { argumentTypes: { x: 'Number' }, returnType: 'Number' });
  return ({ source, arguments: kinds }, size) => {
    const options = {
      ...settings,
      output: [size],
      returnType: 'Number',
      argumentTypes: kinds.map((kind) => hostTypes[kind]),
    };
    const run = gpu.createKernel(source, options);
    refuseFallback(run.kernel, 'webasm');
    return {
      run: (inputs) =>
        run(
          ...inputs.map((value) => (typeof value === 'number' ? value : library.input(value, [value.length]))),
        ) as Float32Array,
      destroy: () => run.kernel.destroy(true),
    };
  };
}

/** Returns what compiles kernels to WGSL. gpu.js only writes the text: it is given no device. */
export function wgslCompiler(library: GpuJs): (text: KernelText) => ShaderText {
  const gpu = new library.GPU({ mode: 'webgpu' });
  for (const { source, types } of [...scalarHelpers, ...stubs]) gpu.addFunction(source, types);
  return ({ source, arguments: kinds }) => {
    const { kernel } = gpu.createKernel(source, {
      ...settings,
      dynamicOutput: true,
      output: [1],
      returnType: 'Number',
      argumentTypes: kinds.map((kind) => hostTypes[kind]),
    });
    gpu.kernels.length = 0;
    refuseFallback(kernel, 'webgpu');
    kernel._buildAsync = async () => {};
    const stand = library.input(new Float32Array(1), [1]);
    kernel.build(...kinds.map((kind) => (kind === 'float' || kind === 'integer' ? 0 : stand)));
    const { compiledSource, paramsLayout } = kernel;
    if (compiledSource === undefined || paramsLayout === undefined) throw ownFault('gpu.js wrote no shader.');
    return {
      code: rewriteShader(
        compiledSource,
        kernel.argumentNames.filter((_, i) => kinds[i] === 'target'),
      ),
      arrays: paramsLayout.arrayArgs.map(({ name }) => name),
      parameterBytes: paramsLayout.byteLength,
      numbers: paramsLayout.scalarArgs.map(({ name, offset, type }) => ({ name, offset, whole: type === 'Integer' })),
    };
  };
}
