// Programs are compiled for networks, not for shapes: a batch of another size or length waits for no compiler.
import { type Backend, useBackend } from '@lstm/core';
import { bidirectional, dense, dropout, embedding, gru, lstm, type Sequential, sequential } from '@lstm/layers';
import { compile, type LossName } from '@lstm/train';
import { afterEach, describe, expect, it } from 'vitest';
import { createBackend } from '../src/backend.ts';
import type { Device } from '../src/device.ts';
import { loadGpuJs } from '../src/gpu-js.ts';
import { createContext } from '../src/webgl/context.ts';
import { GlDevice } from '../src/webgl/device.ts';
import { requestDevice } from '../src/webgpu/adapter.ts';
import { WebGpuDevice } from '../src/webgpu/device.ts';

const makers: Record<string, () => Promise<object>> = {
  webgl2: async () => new GlDevice(await loadGpuJs(), createContext()),
  webgpu: async () => new WebGpuDevice(await loadGpuJs(), await requestDevice()),
};

describe.each(Object.entries(makers))('%s', (_, make) => {
  let backend: Backend;
  afterEach(() => backend.dispose());

  /** Trains and predicts at one shape, then at others; returns how many programs the others took. */
  async function further(network: Sequential, loss: LossName, x: (n: number, t: number) => number[][] | number[][][]) {
    const device = (await make()) as Device;
    backend = await useBackend(createBackend(device));
    const model = compile(network, { optimizer: 'adam', loss });
    const visit = async (n: number, t: number): Promise<void> => {
      await model.trainOnBatch(
        x(n, t),
        Array.from({ length: n }, (_, i) => [i % 2]),
      );
      await model.predict(x(n, t));
    };
    await visit(32, 12);
    const { programs } = device.counts;
    expect(programs).toBeGreaterThan(20);
    await visit(20, 12);
    await visit(24, 16);
    await visit(28, 20);
    return device.counts.programs - programs;
  }

  it('trains stacked layers with dropout', async () => {
    const network = sequential([
      lstm({ units: 12, returnSequences: true, dropout: 0.2, recurrentDropout: 0.2 }),
      dropout({ rate: 0.2 }),
      lstm({ units: 9 }),
      dense({ units: 1 }),
    ]);
    const series = (n: number, t: number) =>
      Array.from({ length: n }, (_, i) => Array.from({ length: t }, (_, k) => [Math.sin(i + k), k / t, 1]));
    expect(await further(network, 'mse', series)).toBe(0);
  });

  it('trains on masked tokens', async () => {
    const network = sequential([
      embedding({ inputDim: 40, outputDim: 10, maskZero: true }),
      bidirectional(gru({ units: 8 })),
      dense({ units: 1, activation: 'sigmoid' }),
    ]);
    const tokens = (n: number, t: number) =>
      Array.from({ length: n }, (_, i) =>
        Array.from({ length: t }, (_, k) => (k < t - (i % 3) ? 1 + ((i + k) % 39) : 0)),
      );
    expect(await further(network, 'binaryCrossentropy', tokens)).toBe(0);
  });
});
