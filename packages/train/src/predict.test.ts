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

describe('predict of a dataset', () => {
  const part = (start: number, end: number) => hostArray(x.data.slice(start * 6, end * 6), [end - start, 6]);
  const parts = [{ x: part(0, 3) }, { x: part(3, 4) }];

  it('joins the outputs of its batches', async () => {
    const trainer = build();
    const expected = await trainer.predict(x);
    expect(await trainer.predict(parts)).toEqual(expected);
    expect(await predict(trainer.network, new Set(parts))).toEqual(expected);
    expect(await trainer.predictAll({ epoch: () => parts })).toEqual([expected]);
    async function* stream() {
      yield* parts;
    }
    expect(await trainer.predict(stream(), { weightPrecision: 'float32' })).toEqual(expected);
  });

  it('does not look at targets, whatever they are', async () => {
    const trainer = build();
    const batches = parts.map((each) => ({ ...each, y: [['unknown']] as never, sampleWeight: Number.NaN as never }));
    expect(await trainer.predict(batches)).toEqual(await trainer.predict(x));
    expect(await trainer.predict([{ x, y: [1], sampleWeight: [1] }])).toEqual(await trainer.predict(x));
  });

  it('leaves out what a mask of a batch marks as padding', async () => {
    const { network } = build();
    const [ids, mask] = [hostArray([[1, 2, 3, 0, 0, 0]]), hostArray([[1, 1, 1, 0, 0, 0]])];
    const found = await predict(network, [{ x: ids, mask }]);
    expect(found).toEqual(await predict(network, { ...ids, mask }));
    expect(found).not.toEqual(await predict(network, ids));
  });

  it('makes the weights of a network that learns its inputs from it', async () => {
    const network = sequential([lstm({ units: 3 }), dense({ units: 1 })]);
    expect((await predict(network, [{ x: [[[1], [2]]] }, { x: [[[3]]] }])).shape).toEqual([2, 1]);
  });

  it.each<[string, (trainer: Trainer) => Promise<unknown>, string]>([
    ['nothing', ({ predict }) => predict(new Set<{ x: typeof x }>()), '[predict] the dataset gave no batches.'],
    [
      'no x',
      ({ predictAll }) => predictAll(new Set([{ y }]) as never),
      '[predictAll] the dataset gave an object with y.',
    ],
    [
      'batches in another order',
      ({ predict }) => predict(Object.assign([...parts], { ordered: false })),
      '[predict] the dataset gives its samples in another order.',
    ],
    [
      'a generator that was not called',
      ({ predict }) => predict((() => parts) as never),
      'Call the generator: predict(',
    ],
    ['one batch', ({ predict }) => predict(parts[0] as never), 'Write predict(x), or predict([{ x }]).'],
    [
      'a mask by another name',
      ({ predict }) => predict([{ x, masks: x }] as never),
      'What predict uses of a batch is x, mask. Did you mean mask?',
    ],
    ['a batch size', ({ predict }) => predict(parts, { batchSize: 2 }), '[predict] batchSize is given with a dataset.'],
  ])('refuses %s', async (_, run, message) => {
    await expect(run(build())).rejects.toThrow(message);
  });
});

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
