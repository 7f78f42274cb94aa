import { DisposedError } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it, vi } from 'vitest';
import { gpu, gpuInfo } from '../src/index.ts';
import { rendererOf } from '../src/webgpu/adapter.ts';

it('touches no global, neither when it is imported nor when a backend is made', async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  const module = await import('../src/index.ts');
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
  const backend = await module.gpu({ mode: 'webasm' });
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
  backend.dispose();
});

it('does not fall back: without WebGL2 it says what to use instead', async () => {
  await expect(gpu()).rejects.toThrow(
    "[gpu] there is no WebGL2 here. Mode webgl2 needs a browser or worker with WebGL2. Use gpu({ mode: 'webgpu' }) or reference() of @lstm/core/reference; in Node, cpu() of @lstm/backend-cpu.",
  );
});

it('says what to use where there is no WebGPU', async () => {
  await expect(gpu({ mode: 'webgpu' })).rejects.toThrow(
    "[gpu] there is no navigator.gpu here. Mode webgpu needs WebGPU, of a browser or supplied. Use gpu({ mode: 'webgl2' }) or reference() of @lstm/core/reference; in Node, cpu() of @lstm/backend-cpu.",
  );
});

it('tells what computes, of its own backends only', async () => {
  const backend = await gpu({ mode: 'webasm' });
  expect(gpuInfo(backend)).toEqual({ mode: 'webasm', renderer: 'WebAssembly', software: true });
  backend.dispose();
  expect(() => gpuInfo(reference())).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: [gpuInfo] the backend is reference. It tells of backends of gpu(). Pass what await gpu() gave.]`,
  );
  expect(() => gpuInfo(undefined as never)).toThrow('[gpuInfo] the backend is undefined.');
});

it('calls a WebGPU device by what it tells of itself', () => {
  const adapterInfo = {
    vendor: 'intel',
    architecture: 'gen-12lp',
    device: '',
    description: '',
    isFallbackAdapter: false,
  };
  expect(rendererOf({ adapterInfo } as never)).toBe('intel gen-12lp');
  expect(rendererOf({ adapterInfo: { ...adapterInfo, isFallbackAdapter: true } } as never)).toMatch(/fallback/);
  expect(rendererOf({})).toBe('');
});

it('gives a WebGPU device back that no backend can be made of', async () => {
  const destroy = vi.fn();
  const device = {
    limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 27, minStorageBufferOffsetAlignment: 256 },
    createBuffer() {
      throw new RangeError('no room');
    },
    destroy,
  };
  const adapter = { limits: {}, requestDevice: async () => device };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } });
  await expect(gpu({ mode: 'webgpu' })).rejects.toThrow('no room');
  expect(destroy).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

it('names the nearest option and mode', async () => {
  await expect(gpu({ mod: 'webasm' } as object)).rejects.toThrow('Did you mean mode?');
  await expect(gpu({ mode: 'webgl' as 'webgl2' })).rejects.toThrow("Did you mean 'webgl2'?");
});

it('refuses work on integers after dispose too, which the device has no part in', async () => {
  const backend = await gpu({ mode: 'webasm' });
  const integers = backend.upload(Int32Array.of(1, 2), [2]);
  backend.dispose();
  await expect(backend.read(integers)).rejects.toThrow(DisposedError);
  expect(() => backend.kernels.binary('add', integers, integers)).toThrow('[add] the backend was disposed.');
  expect(() => backend.kernels.concat([integers, integers], 0)).toThrow(DisposedError);
  expect(() => backend.kernels.fill([2], 1, 'int32')).toThrow(DisposedError);
});

it('tells its mode, and refuses work after dispose and tensors that are too large', async () => {
  const backend = await gpu({ mode: 'webasm' });
  expect(backend.name).toBe('gpu-webasm');
  expect(() => backend.kernels.fill([2 ** 23 + 1], 1, 'float32')).toThrow(
    '[fill] a tensor would have 8388609 elements. In mode webasm it has at most 8388608.',
  );
  expect(() => backend.upload(new Float32Array(2 ** 23 + 1), [2 ** 23 + 1])).toThrow('[upload] a tensor would have');
  const integers = backend.upload(new Int32Array(2 ** 23 + 1), [2 ** 23 + 1]);
  expect(() => backend.kernels.cast(integers, 'float32')).toThrow('[cast] a tensor would have');
  const view = backend.kernels.fill([2], 1, 'float32');
  backend.free(view.handle);
  await expect(backend.read(view)).rejects.toThrow(
    'was used after free. A handle is freed after its last use. Keep the tensor, or free it later.',
  );
  backend.dispose();
  expect(() => backend.kernels.fill([2], 1, 'float32')).toThrow('[fill] the backend was disposed.');
});
