// WebGPU, which is opt-in: the same numbers, memory that does not grow, and a clean end when the device goes away.
import { type Backend, BackendError, grad, lstm, neg, sum, type Tensor, tensor, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it } from 'vitest';
import { createBackend } from '../src/backend.ts';
import { loadGpuJs } from '../src/gpu-js.ts';
import { gpu } from '../src/index.ts';
import { requestDevice } from '../src/webgpu/adapter.ts';
import { WebGpuDevice } from '../src/webgpu/device.ts';

function problem(backend: Backend): readonly [Tensor, { kernel: Tensor; recurrentKernel: Tensor; bias: Tensor }] {
  const wave = (shape: number[], step: number): Tensor => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * step) / 2);
    return tensor(values, { shape, backend, requiresGrad: true });
  };
  const weights = { kernel: wave([5, 52], 0.3), recurrentKernel: wave([13, 52], 0.9), bias: wave([52], 0.5) };
  return [wave([3, 7, 5], 0.7), weights];
}

/** Queues a forward and a backward pass; returns the outputs and the gradients of the weights. */
function queueStep([x, weights]: ReturnType<typeof problem>): Tensor[] {
  return tidy(() => {
    const { y } = lstm(x, weights);
    return [y, ...grad(sum(y), Object.values(weights))];
  });
}

async function valuesOf(tensors: readonly Tensor[]): Promise<number[]> {
  const values = await Promise.all(tensors.map((each) => each.data()));
  for (const each of tensors) each.dispose();
  return values.flatMap((each) => [...each]);
}

it('tells its mode, and computes outputs and gradients of an LSTM as the reference backend does', async () => {
  const backend = await gpu({ mode: 'webgpu' });
  expect(backend.name).toBe('gpu-webgpu');
  const found = await valuesOf(queueStep(problem(backend)));
  const expected = await valuesOf(queueStep(problem(reference())));
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5 * (1 + Math.abs(expected[i] as number)));
  });
  backend.dispose();
}, 120_000);

it('takes no more buffers and programs after 100 steps, and submits many launches at once', async () => {
  const gpuDevice = await requestDevice();
  const device = new WebGpuDevice(await loadGpuJs(), gpuDevice);
  const backend = createBackend(device as never);
  const one = problem(backend);
  const first = await valuesOf(queueStep(one));
  const { launches, ...before } = device.counts;
  let submissions = 0;
  const { queue } = gpuDevice;
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    submissions++;
    submit(buffers);
  };
  let last: number[] = [];
  for (let step = 0; step < 100; step++) last = await valuesOf(queueStep(one));
  const { launches: all, ...after } = device.counts;
  expect(after).toEqual(before);
  expect(last).toEqual(first);
  expect(submissions).toBeLessThan((all - launches) / 10);
  backend.dispose();
}, 600_000);

it('runs one kernel on tensors of any sizes, one after the other', async () => {
  const backend = await gpu({ mode: 'webgpu' });
  // The largest one needs a second row of work groups.
  for (const size of [5, 9000, 3, 4_200_001, 1]) {
    const values = Float32Array.from({ length: size }, (_, i) => i + 1);
    const found = await neg(tensor(values, { backend })).data();
    expect(found.findIndex((value, i) => value !== -(i + 1))).toBe(-1);
    expect(found.length).toBe(size);
  }
  backend.dispose();
}, 120_000);

it('rejects everything after the device was lost', async () => {
  const gpuDevice = await requestDevice();
  const backend = createBackend(new WebGpuDevice(await loadGpuJs(), gpuDevice) as never);
  const x = tensor([1, 2], { backend });
  const running = neg(x).data();
  gpuDevice.destroy();
  await expect(running).rejects.toThrow(BackendError);
  await gpuDevice.lost;
  await expect(x.data()).rejects.toThrow('[read] the WebGPU device was lost.');
  expect(() => neg(x)).toThrow('[neg] the WebGPU device was lost.');
});
