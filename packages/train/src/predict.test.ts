import {
  DisposedError,
  hostArray,
  meanSquaredError,
  memory,
  roundToBfloat16,
  sizeOf,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { bidirectional, dense, embedding, gru, lstm, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { predict, predictAll, stream } from './predict.ts';
import { createTrainer, type Trainer } from './trainer.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const x = hostArray(
  Int32Array.from({ length: 24 }, (_, i) => (i * 7) % 11),
  [4, 6],
);
const y = hostArray(Float32Array.of(1, -1, 2, 0), [4, 1]);

function build(): Trainer {
  const network = sequential([
    embedding({ inputDim: 11, outputDim: 3, inputShape: [6] }),
    bidirectional(gru({ units: 5, returnSequences: true })),
    lstm({ units: 7 }),
    dense({ units: 1 }),
  ]);
  network.build();
  for (const parameter of network.parameters) {
    if (!parameter.name.endsWith('/bias')) continue;
    // Biases are zeros at first, and whether they are rounded would not show.
    const { shape } = parameter;
    const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i));
    parameter.assign(hostArray(values, shape));
  }
  return createTrainer(network, { optimizer: sgd({ learningRate: 0.1 }), loss: meanSquaredError });
}

describe('predict with weightPrecision', () => {
  it('is predict with every weight rounded, biases excepted', async () => {
    const trainer = build();
    const found = await trainer.predict(x, { weightPrecision: 'bfloat16', batchSize: 3 });
    const exact = await trainer.predict(x);
    for (const parameter of trainer.network.parameters) {
      if (parameter.name.endsWith('/bias')) continue;
      parameter.assign(roundToBfloat16(tensor(await parameter.value.data(), { shape: parameter.shape })));
    }
    expect(found).toEqual(await trainer.predict(x));
    expect(found).not.toEqual(exact);
  });

  it('follows training, and leaves it as it is', async () => {
    const [plain, mixed] = [build(), build()];
    await mixed.predict(x, { weightPrecision: 'bfloat16' });
    const losses = [await plain.trainOnBatch(x, y), await mixed.trainOnBatch(x, y)];
    expect(losses[1]).toEqual(losses[0]);
    expect(await mixed.predict(x)).toEqual(await plain.predict(x));
    const rounded = { weightPrecision: 'bfloat16' } as const;
    expect(await mixed.predict(x, rounded)).toEqual(await plain.predict(x, rounded));
  });

  it('keeps one rounded copy of the weights', async () => {
    const trainer = build();
    const rounded = { weightPrecision: 'bfloat16' } as const;
    await trainer.predict(x, rounded);
    const { bytes } = memory();
    for (let i = 0; i < 3; i++) await trainer.predict(x, rounded);
    expect(memory().bytes).toBe(bytes);
  });

  it('teaches', async () => {
    const wrong = build().predict(x, { weightPrecision: 'int8' as 'bfloat16' });
    await expect(wrong).rejects.toThrow('[predict] weightPrecision is');
  });
});

it('does without a trainer what a trainer does', async () => {
  const network = sequential([lstm({ units: 3, inputShape: [null, 1] }), dense({ units: 2 })]);
  const trainer = compile(network, { optimizer: 'sgd', loss: 'mse' });
  const x = [
    [[1], [2]],
    [[3], [4]],
    [[5], [6]],
  ];
  const expected = await trainer.predict(x);
  expect(await predict(network, x, { batchSize: 2 })).toEqual(expected);
  expect(await predictAll(network, x)).toEqual([expected]);
  const [session, output] = [stream(network), new Float32Array(2)];
  for (const value of [1, 2]) session.step(Float32Array.of(value), output);
  expect([...output]).toEqual([...expected.data.subarray(0, 2)].map((value) => expect.closeTo(value, 6)));
  session.dispose();
});

it('a trainer gives everything back', async () => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  const trainer = compile(network, { optimizer: 'adam', loss: 'mse' });
  await trainer.fit([[1], [2]], [1, 2]);
  const { tensors } = memory();
  trainer.dispose();
  // Kernel and bias, each with Adam's two moments.
  expect(memory().tensors).toBeLessThanOrEqual(tensors - 6);
  await expect(trainer.predict([[1]])).rejects.toThrow(DisposedError);
  await expect(trainer.fit([[1]], [1])).rejects.toThrow(DisposedError);
});
