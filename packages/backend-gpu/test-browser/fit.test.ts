// Training a whole network: the same curve as the reference backend, and a clean end when the GPU goes away.
import { type Backend, DeviceLostError, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, dropout, embedding, lstm, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { type Callback, compile, loadTrainer } from '@lstm/train';
import { expect, it } from 'vitest';
import { gpu } from '../src/index.ts';
import { watchContext, watchDevice } from './context.ts';

const wave = Array.from({ length: 74 }, (_, i) => Math.sin(i / 5));
const x = Array.from({ length: 64 }, (_, i) => wave.slice(i, i + 10).map((value) => [value]));
const y = Array.from({ length: 64 }, (_, i) => [wave[i + 10] ?? 0]);
const options = () => ({ optimizer: adam({ learningRate: 0.01, clipNorm: 1 }), loss: 'mse' }) as const;

async function curveOn(backend: Backend): Promise<readonly number[]> {
  await useBackend(backend);
  const model = compile(sequential([lstm({ units: 12 }), dropout({ rate: 0.2 }), dense({ units: 1 })]), options());
  const { history } = await model.fit(x, y, { epochs: 4, batchSize: 16 });
  return history['loss'] as readonly number[];
}

it.each(['webgl2', 'webgpu'] as const)('learns a wave as the reference backend does, %s', async (mode) => {
  const expected = await curveOn(reference());
  const backend = await gpu({ mode });
  const found = await curveOn(backend);
  expect(found.length).toBe(4);
  found.forEach((loss, i) => {
    expect(Math.abs(loss / (expected[i] as number) - 1)).toBeLessThan(1e-3);
  });
  backend.dispose();
});

it('learns tokens through an embedding', async () => {
  const backend = await useBackend(await gpu());
  const tokens = Array.from({ length: 32 }, (_, i) => [i % 5, (i + 1) % 5, (i + 2) % 5]);
  const next = tokens.map((row) => ((row[2] ?? 0) + 1) % 5);
  const network = sequential([
    embedding({ inputDim: 5, outputDim: 8 }),
    lstm({ units: 16 }),
    dense({ units: 5, activation: 'softmax' }),
  ]);
  const model = compile(network, {
    optimizer: adam({ learningRate: 0.02 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const { history } = await model.fit(tokens, next, { epochs: 25, batchSize: 16 });
  expect(history['accuracy']?.at(-1)).toBe(1);
  backend.dispose();
});

/** A backend, what takes its GPU away, and what the errors then say. */
const losing = {
  webgl2: async () => {
    const { made, context } = await watchContext(() => gpu());
    const lose = (): void => context.gl.getExtension('WEBGL_lose_context')?.loseContext();
    return { backend: made, lose, says: 'the WebGL context was lost' };
  },
  webgpu: async () => {
    const { made, context } = await watchDevice(() => gpu({ mode: 'webgpu' }));
    return { backend: made, lose: (): void => context.device.destroy(), says: 'the WebGPU device was lost' };
  },
};

it.each(['webgl2', 'webgpu'] as const)(
  'rejects a fit whose GPU goes away, leaves the last checkpoint intact and goes on with nothing, %s',
  async (mode) => {
    const { backend, lose, says } = await losing[mode]();
    await useBackend(backend);
    const model = compile(sequential([lstm({ units: 8 }), dense({ units: 1 })]), options());
    let saved: Uint8Array | undefined;
    let expected: Float32Array | undefined;
    let epochs = 0;
    const callback: Callback = {
      async onEpochEnd(epoch) {
        epochs = epoch + 1;
        if (epoch === 0) {
          saved = await model.save();
          expected = (await model.predict(x.slice(0, 2))).data as Float32Array;
        } else lose();
      },
    };
    const running = model.fit(x, y, { epochs: 5, batchSize: 16, callbacks: [callback] });
    await expect(running).rejects.toThrow(DeviceLostError);
    await expect(running).rejects.toThrow(says);
    expect(epochs).toBe(2);
    await expect(model.predict(x.slice(0, 2))).rejects.toThrow(says);
    await expect(model.save()).rejects.toThrow(says);

    await useBackend(reference());
    const { trainer } = loadTrainer(saved as Uint8Array, { loss: 'mse' });
    const again = (await trainer.predict(x.slice(0, 2))).data;
    expect(again.length).toBe(expected?.length);
    again.forEach((value, i) => {
      expect(value).toBeCloseTo(expected?.[i] ?? Number.NaN, 5);
    });
  },
);
