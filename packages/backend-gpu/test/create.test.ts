import { DisposedError } from '@lstm/core';
import { expect, it, vi } from 'vitest';
import { gpu } from '../src/index.ts';

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
