// WebGPU, which is opt-in: the same numbers, memory that does not grow, and a clean end when the device goes away.
import {
  argmax,
  type Backend,
  BackendError,
  gather,
  grad,
  gru,
  linear,
  lstm,
  neg,
  noGrad,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@lstm/core';
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
});

it('launches once for each time step, forward and backward, twice where the reset gate comes first', async () => {
  const device = new WebGpuDevice(await loadGpuJs(), await requestDevice());
  const backend = createBackend(device as never);
  const launches = (time: number, run: (x: Tensor) => Tensor[], training: boolean): number => {
    const x = tensor(new Float32Array(3 * time * 5), { shape: [3, time, 5], backend, requiresGrad: training });
    const before = device.counts.launches;
    for (const each of tidy(() => run(x))) each.dispose();
    x.dispose();
    return device.counts.launches - before;
  };
  const weights = (gates: number) => ({
    kernel: tensor(new Float32Array(5 * gates * 13), { shape: [5, gates * 13], backend }),
    recurrentKernel: tensor(new Float32Array(13 * gates * 13), { shape: [13, gates * 13], backend }),
  });
  const layers = [
    [1, (x: Tensor) => lstm(x, weights(4)).y],
    [2, (x: Tensor) => gru(x, weights(3), { resetAfter: false }).y],
  ] as const;
  for (const [each, layer] of layers) {
    const forward = (x: Tensor) => [layer(x)];
    const both = (x: Tensor) => grad(sum(layer(x)), [x]);
    expect(launches(40, forward, false) - launches(30, forward, false)).toBe(10 * each);
    expect(launches(40, both, true) - launches(30, both, true)).toBe(20 * each);
  }
  backend.dispose();
});

it('rejects a product whose bias came from an index out of range', async () => {
  const backend = await gpu({ mode: 'webgpu' });
  const square = tensor(new Float32Array(32 * 32), { shape: [32, 32], backend });
  const two = argmax(tensor([[0, 1, 9]], { backend }), { axis: 1 });
  const bias = reshape(gather(slice(square, [0, 0], [1, 32]), two), [32]);
  await expect(linear(square, square, bias).data()).rejects.toThrow('[gather] index 2 at flat position 0');
  backend.dispose();
});

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
});

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

it('predicts where the products of all gates of all steps are too large for one tensor', async () => {
  const device = new WebGpuDevice(await loadGpuJs(), await requestDevice());
  const backend = createBackend(device as never);
  const [x, weights] = problem(backend);
  const mask = tensor([0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1], { shape: [3, 7], backend });
  const calls = [{}, { reverse: true }, { mask }];
  const predict = () => Promise.all(calls.map((options) => noGrad(() => lstm(x, weights, options).y).data()));
  const expected = await predict();
  // 3 sequences of 7 steps, 4 gates of 13 units: products of 4 steps and of 3.
  Object.defineProperty(device, 'limit', { value: 700 });
  expect(await predict()).toEqual(expected);
  const many = tensor(new Float32Array(14 * 5), { shape: [14, 1, 5], backend });
  const valid = tensor(new Float32Array(14), { shape: [14, 1], backend });
  const { bytes } = device.counts;
  expect(() => noGrad(() => lstm(many, weights, { mask: valid }))).toThrow('[lstm] a tensor would have 728 elements.');
  expect(device.counts.bytes).toBe(bytes);
  // Nor would the buffers of the steps fit.
  Object.defineProperty(device, 'largest', { value: 100 });
  const long = tensor(new Float32Array(14 * 5 * 5), { shape: [14, 5, 5], backend });
  expect(() => noGrad(() => lstm(long, weights))).toThrow('[lstm] a tensor would have 910 elements.');
  backend.dispose();
});
