import { gpu } from '@lstm/backend-gpu';
import { type Backend, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, lstm, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { compile } from '@lstm/train';

/** What the select box offers. */
export type Choice = 'reference' | 'webgl2' | 'webgpu' | 'webasm';

/** How often the network sees all samples. */
export const epochs = 20;

function backendOf(choice: Choice): Backend | Promise<Backend> {
  return choice === 'reference' ? reference() : gpu({ mode: choice });
}

/**
 * Trains one small network: everything but the backend is the same for every choice.
 * @returns the loss of each epoch
 */
export async function learn(choice: Choice, onEpoch: (loss: number) => void = () => {}): Promise<readonly number[]> {
  const backend = await useBackend(backendOf(choice));
  try {
    const series = Array.from({ length: 140 }, (_, i) => Math.sin(i / 4) + 0.4 * Math.sin(i / 1.7));
    // Twelve values, and the one that follows them.
    const x = series.slice(12).map((_, i) => series.slice(i, i + 12).map((value) => [value]));
    const y = series.slice(12).map((value) => [value]);
    const network = sequential([lstm({ units: 16 }), dense({ units: 1 })]);
    const model = compile(network, { optimizer: adam({ learningRate: 0.01 }), loss: 'mse' });
    const { history } = await model.fit(x, y, {
      epochs,
      batchSize: 32,
      callbacks: [{ onEpochEnd: (_, logs) => onEpoch(logs['loss'] ?? Number.NaN) }],
    });
    return history['loss'] ?? [];
  } finally {
    backend.dispose();
  }
}
