// What a WebGL2 device must do besides computing: memory, lost contexts, limits, launches.
import {
  type Backend,
  BackendError,
  grad,
  lstm,
  matmul,
  neg,
  noGrad,
  sum,
  type Tensor,
  tensor,
  tidy,
  UnsupportedError,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it } from 'vitest';
import { createBackend } from '../src/backend.ts';
import { loadGpuJs } from '../src/gpu-js.ts';
import { gpu, gpuInfo } from '../src/index.ts';
import { createContext } from '../src/webgl/context.ts';
import { GlDevice } from '../src/webgl/device.ts';
import { type WatchedContext, watchContext } from './context.ts';

/** Weights and inputs of a small LSTM. */
function problem(backend: Backend, [batch, time, features, units]: readonly [number, number, number, number]) {
  const wave = (shape: number[], step: number) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * step) / 2);
    return tensor(values, { shape, backend, requiresGrad: true });
  };
  return {
    x: wave([batch, time, features], 0.7),
    weights: {
      kernel: wave([features, 4 * units], 0.3),
      recurrentKernel: wave([units, 4 * units], 0.9),
      bias: wave([4 * units], 0.5),
    },
  };
}

/** Queues one step of training without an optimizer; returns the sum of each gradient. */
function queueStep({ x, weights }: ReturnType<typeof problem>): Tensor[] {
  return tidy(() => {
    const { y } = lstm(x, weights);
    const gradients = grad(sum(y), Object.values(weights));
    return gradients.map((each) => sum(each));
  });
}

/** Resolves to a number that all gradients of one step took part in. */
async function trainingStep(one: ReturnType<typeof problem>): Promise<number> {
  const found = queueStep(one);
  const values = await Promise.all(found.map((each) => each.item()));
  for (const each of found) each.dispose();
  return values.reduce((total, value) => total + value, 0);
}

it('leaves the global GPU of WebGPU alone', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'GPU');
  const backend = await gpu();
  expect(backend.name).toBe('gpu-webgl2');
  expect(Object.getOwnPropertyDescriptor(globalThis, 'GPU')).toEqual(before);
  backend.dispose();
});

it('rejects everything after the context was lost, and computes no zeros', async () => {
  const { made: backend, context } = await watchContext(() => gpu());
  const one = problem(backend, [2, 3, 3, 4]);
  const running = trainingStep(one);
  loseContext(context);
  await expect(running).rejects.toThrow(BackendError);
  await expect(running).rejects.toThrow('the WebGL context was lost');
  await expect(one.x.data()).rejects.toThrow('[read] the WebGL context was lost.');
  await expect(one.x.data()).rejects.toThrow(
    'Networks on this backend stay lost: after await useBackend(gpu()), loadTrainer(bytes)',
  );
  expect(() => noGrad(() => neg(one.x))).toThrow('[neg] the WebGL context was lost.');
  expect(() => tensor([1], { backend })).toThrow('[upload] the WebGL context was lost.');
  for (const each of [one.x, ...Object.values(one.weights)]) each.dispose();
  backend.dispose();
  const another = await gpu();
  expect(await tensor([1], { backend: another }).item()).toBe(1);
  another.dispose();
});

it('rejects everything after the driver refused work, instead of reading zeros', async () => {
  const { made: backend, context } = await watchContext(() => gpu());
  const { gl } = context;
  const x = tensor([1, 2], { backend });
  expect(gl.getError()).toBe(gl.NO_ERROR);
  // As where memory runs out: the texture has none.
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, 2 ** 30, 1);
  await expect(neg(x).data()).rejects.toThrow('WebGL refused work: error 1281. What was computed since');
  expect(() => neg(x)).toThrow(BackendError);
  backend.dispose();
});

function loseContext({ gl }: WatchedContext): void {
  const extension = gl.getExtension('WEBGL_lose_context');
  if (extension === null) throw new Error('WEBGL_lose_context is missing');
  extension.loseContext();
}

it('refuses a device that cannot write float32 textures, and says what to use instead', async () => {
  const { getExtension } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.getExtension = function (this: WebGL2RenderingContext, name: string) {
    return name === 'EXT_color_buffer_float' ? null : Reflect.apply(getExtension, this, [name]);
  } as typeof getExtension;
  const made = gpu().finally(() => {
    WebGL2RenderingContext.prototype.getExtension = getExtension;
  });
  await expect(made).rejects.toThrow(UnsupportedError);
  await expect(made).rejects.toThrow("Use gpu({ mode: 'webgpu' }) or reference()");
});

it('refuses a device that allows larger textures than it can write', async () => {
  const { getParameter } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.getParameter = function (this: WebGL2RenderingContext, name: number) {
    const value = Reflect.apply(getParameter, this, [name]);
    return name === this.MAX_TEXTURE_SIZE ? 2 * value : value;
  };
  const made = gpu().finally(() => {
    WebGL2RenderingContext.prototype.getParameter = getParameter;
  });
  await expect(made).rejects.toThrow(UnsupportedError);
  await expect(made).rejects.toThrow(
    'texels a side, and one of them cannot be written. Tensors are textures. Use gpu({',
  );
});

it('refuses tensors beyond the largest texture', async () => {
  const backend = await gpu();
  expect(() => backend.kernels.fill([2 ** 30], 0, 'float32')).toThrow(UnsupportedError);
  expect(() => backend.kernels.fill([2 ** 30], 0, 'float32')).toThrow('In mode webgl2 it has at most');
  backend.dispose();
});

it('refuses a product that no texture holds, and keeps no memory for it', async () => {
  const device = new GlDevice(await loadGpuJs(), { ...createContext(), maxTextureSize: 64 });
  const backend = createBackend(device as never);
  const ones = (shape: [number, number]) => tensor(new Float32Array(shape[0] * shape[1]).fill(1), { shape, backend });
  const [column, row, left, right] = [ones([1024, 1]), ones([1, 1024]), ones([4, 104_001]), ones([104_001, 5])];
  const { bytes } = device.counts;
  expect(() => noGrad(() => matmul(column, row))).toThrow('[matmul] a tensor would have 1048576 elements.');
  // The product fits, its second factor filled up to whole texels does not.
  expect(() => noGrad(() => matmul(left, right))).toThrow('a tensor would have 832008 elements.');
  expect(device.counts.bytes).toBe(bytes);
  backend.dispose();
});

it('refuses to train on sequences whose gradients no texture holds', async () => {
  const backend = createBackend(new GlDevice(await loadGpuJs(), { ...createContext(), maxTextureSize: 512 }) as never);
  const { x, weights } = problem(backend, [64, 520, 1, 32]);
  expect(noGrad(() => lstm(x, weights).y.shape)).toEqual([64, 520, 32]);
  // Outputs fit, the gradients of four gates side by side do not.
  expect(() => lstm(x, weights)).toThrow(
    '[lstm] a tensor would have 4259840 elements. In mode webgl2 it has at most 4194304.',
  );
  backend.dispose();
});

it('makes products in tiles on a device whose textures are small', async () => {
  const backend = createBackend(new GlDevice(await loadGpuJs(), { ...createContext(), maxTextureSize: 64 }) as never);
  const sizes = [
    // Rows of tiles in two pieces; lines of tiles in two columns; both; neither, of several products.
    [1, 200, 40, 300],
    [1, 700, 40, 18],
    [1, 300, 8, 262],
    [3, 65, 21, 22],
  ] as const;
  for (const [count, m, k, n] of sizes) {
    const wave = (shape: number[], on: Backend) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.7)),
        { shape, backend: on },
      );
    const [found, expected] = await Promise.all(
      [backend, reference()].map((on) => matmul(wave([count, m, k], on), wave([count, k, n], on)).data()),
    );
    expect(found?.findIndex((value, i) => !(Math.abs(value - (expected?.[i] ?? Number.NaN)) < 1e-4))).toBe(-1);
    expect(found?.length).toBe(count * m * n);
  }
  backend.dispose();
});

it('runs one kernel on tensors of any sizes, one after the other', async () => {
  const backend = await gpu();
  for (const size of [5, 9000, 3, 20_011, 1]) {
    const values = Float32Array.from({ length: size }, (_, i) => i + 1);
    const found = await neg(tensor(values, { backend })).data();
    expect(found.findIndex((value, i) => value !== -(i + 1))).toBe(-1);
    expect(found.length).toBe(size);
  }
  backend.dispose();
});

it.each(['webgl2', 'webgpu'] as const)('tells whether a program is in the place of the GPU: %s', async (mode) => {
  const backend = await gpu({ mode });
  const { renderer, ...rest } = gpuInfo(backend);
  expect(renderer).not.toBe('');
  expect(rest).toEqual({ mode, software: /swiftshader/i.test(renderer) });
  backend.dispose();
});

it('launches once for each time step, forward and backward', async () => {
  const device = new GlDevice(await loadGpuJs(), createContext());
  const backend = createBackend(device as never);
  const launches = async (time: number, training: boolean): Promise<number> => {
    const one = problem(backend, [3, time, 5, 13]);
    const before = device.counts.launches;
    if (training) await trainingStep(one);
    else noGrad(() => tidy(() => void lstm(one.x, one.weights)));
    for (const each of [one.x, ...Object.values(one.weights)]) each.dispose();
    return device.counts.launches - before;
  };
  expect((await launches(80, false)) - (await launches(60, false))).toBe(20);
  expect((await launches(80, true)) - (await launches(60, true))).toBe(40);
  backend.dispose();
});
