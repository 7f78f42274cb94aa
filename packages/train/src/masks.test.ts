import { huber, type Loss, mean, square, sub, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, embedding, lstm, sequential } from '@lstm/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { weightsOf } from '../test/line.ts';
import { compile, type Trainer } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

/** Sequences of one feature in rows of 7 steps, each from its place on, with their mask, as `padSequences` of `@lstm/data` gives them. */
function padded(sequences: readonly (readonly (readonly number[])[])[], places: readonly number[]) {
  const [x, mask] = [sequences, sequences].map(() => new Float32Array(sequences.length * 7)) as [
    Float32Array,
    Float32Array,
  ];
  for (const [row, steps] of sequences.entries()) {
    const start = row * 7 + Math.min(places[row] as number, 7 - steps.length);
    for (const [t, [value]] of steps.entries()) {
      x[start + t] = value as number;
      mask[start + t] = 1;
    }
  }
  const shape = [sequences.length, 7];
  return { data: x, shape: [...shape, 1], mask: { data: mask, shape } };
}

describe('masks', () => {
  it('reach loss and metrics', async () => {
    const network = sequential([
      embedding({ inputDim: 5, outputDim: 3, maskZero: true }),
      lstm({ units: 3, returnSequences: true }),
      dense({ units: 2, activation: 'softmax' }),
    ]);
    const trainer = compile(network, {
      optimizer: 'sgd',
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const [short, padded] = [[[1, 2]], [[1, 2, 0, 0]]];
    const expected = await trainer.evaluate(tensor(short, { dtype: 'int32' }), tensor([[1, 0]]));
    const found = await trainer.evaluate(tensor(padded, { dtype: 'int32' }), tensor([[1, 0, 1, 1]]));
    expect(found['loss']).toBeCloseTo(expected['loss'] ?? 0, 6);
    expect(found['accuracy']).toBe(expected['accuracy']);
  });

  it('are refused by a loss that does not look at them', async () => {
    const evaluate = (loss: Loss) =>
      compile(sequential([lstm({ units: 1, returnSequences: true, inputShape: [null, 1] })]), {
        optimizer: 'sgd',
        loss,
      }).evaluate([{ x: [[[1], [2]]], y: [[[0], [9]]], mask: [[1, 0]] }]);
    await expect(evaluate((y, t) => mean(square(sub(y, t))))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [fit] the loss does not look at the mask of padded steps. A loss gets { mask, weights } as its third argument and applies them. Hand that argument on, as in (prediction, target, options) => huber(prediction, target, options). To do without on purpose, read options.mask.]`,
    );
    const ignoring: Loss = (y, t, options) => {
      void options?.mask;
      return huber(y, t);
    };
    expect(await evaluate(ignoring)).not.toEqual(await evaluate(huber));
    expect(await evaluate((y, t, options) => huber(y, t, options))).toEqual(await evaluate(huber));
    expect(await evaluate((y, t, { mask, weights } = {}) => huber(y, t, { mask, weights }))).toEqual(
      await evaluate(huber),
    );
  });

  it('come with padded sequences, in training, evaluation and prediction', async () => {
    const make = (): Trainer =>
      compile(sequential([lstm({ units: 3, inputShape: [null, 1] }), dense({ units: 1 })]), {
        optimizer: 'sgd',
        loss: 'mse',
      });
    const sequences = [[[1], [2]], [[3]], [[4], [5], [6]]];
    const y = [1, 2, 3];
    const alone = make();
    const expected: number[] = [];
    for (const each of sequences) expected.push((await alone.predict([each])).data[0] as number);
    for (const place of [
      [0, 3, 6],
      [2, 4, 6],
      [1, 5, 6],
    ]) {
      const trainer = make();
      const x = padded(sequences, place);
      for (const batchSize of [2, 3]) {
        const { data } = await trainer.predict(x, { batchSize });
        expect([...data]).toEqual(expected.map((value) => expect.closeTo(value, 6)));
      }
      const logs = await trainer.evaluate(x, y);
      expect(logs).toEqual(await trainer.evaluate([{ x, y, mask: x.mask }]));
      const unmasked = await trainer.evaluate({ data: x.data, shape: x.shape }, y);
      expect(unmasked['loss']).not.toBeCloseTo(logs['loss'] as number, 4);
      const [shuffled, whole] = [make(), make()] as const;
      await shuffled.fit(x, y, { epochs: 2, batchSize: 3 });
      await whole.fit([{ x, y, mask: x.mask }], { epochs: 2 });
      expect(weightsOf(shuffled.network).flat()).toEqual(
        weightsOf(whole.network)
          .flat()
          .map((value) => expect.closeTo(value, 6)),
      );
      const held = await make().fit(x, y, { validationSplit: 0.4, shuffle: false });
      const part = make();
      await part.fit([{ x: sequences.slice(0, 1), y: [1] }]);
      const rest = [1, 2].map((row) => part.evaluate([{ x: [sequences[row]!], y: [y[row]!] }]));
      const losses = (await Promise.all(rest)).map(({ loss }) => loss as number);
      expect(held.history['valLoss']?.[0]).toBeCloseTo(((losses[0] as number) + (losses[1] as number)) / 2, 5);
    }
  });

  it('are as many as the sequences', async () => {
    const { mask, ...x } = padded([[[1]], [[2]]], [0, 0]);
    const trainer = compile(sequential([lstm({ units: 1, inputShape: [null, 1] })]), { optimizer: 'sgd', loss: 'mse' });
    const short = { data: mask.data.subarray(0, 7), shape: [1, 7] };
    await expect(trainer.predict({ ...x, mask: short } as typeof x)).rejects.toThrow(
      '[predict] x holds 2, the mask of x holds 1 samples.',
    );
  });

  it('come with the batches of a dataset too', async () => {
    const make = (): Trainer =>
      compile(sequential([lstm({ units: 3, inputShape: [null, 1] }), dense({ units: 1 })]), {
        optimizer: 'sgd',
        loss: 'mse',
      });
    const [short, padded] = [make(), make()];
    await short.fit([{ x: [[[1], [2]]], y: [1] }], { epochs: 2 });
    const x = [[[1], [2], [Number.NaN]]];
    const batch = { x, y: [1], mask: [[1, 1, 0]] };
    await padded.fit([batch], { epochs: 2 });
    expect(weightsOf(padded.network)).toEqual(weightsOf(short.network));
    expect(await padded.evaluate([batch])).toEqual(await short.evaluate([{ x: [[[1], [2]]], y: [1] }]));
    await expect(padded.fit([{ ...batch, mask: [[1, 1]] }])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [lstm] mask is [1, 2]. A mask is 0/1 [batch, time] = [1, 3]. Check mask.]`,
    );
  });
});
