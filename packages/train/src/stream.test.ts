import { hostArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, gru, lstm, sequential } from '@lstm/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('stream', () => {
  it('gives step by step what predict gives', async () => {
    const network = sequential([
      gru({ units: 4, returnSequences: true, inputShape: [5, 2] }),
      lstm({ units: 3, returnSequences: true }),
      dense({ units: 2, activation: 'softmax' }),
    ]);
    const trainer = compile(network, { optimizer: 'sgd', loss: 'mse' });
    const x = hostArray(
      Float32Array.from({ length: 10 }, (_, i) => Math.sin(i)),
      [1, 5, 2],
    );
    const expected = await trainer.predict(x);
    const stream = trainer.stream();
    for (let t = 0; t < 5; t++) {
      const output = stream.step(x.data.slice(2 * t, 2 * t + 2) as Float32Array);
      expect(output[0]).toBeCloseTo(expected.data[2 * t] ?? 0, 6);
    }
    stream.dispose();
  });
});
