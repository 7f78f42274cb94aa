import { hostArray, huber, type Loss, mean, square, sub, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  activation,
  concatenate,
  dense,
  embedding,
  input,
  lstm,
  model,
  repeatVector,
  sequential,
  simpleRnn,
} from '@lstm/layers';
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
      `[OptionError: [evaluate] the loss does not look at the mask of padded steps. A loss gets { mask, weights } as its third argument and applies them. Hand that argument on, as in (prediction, target, options) => huber(prediction, target, options). To do without on purpose, read options.mask.]`,
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

  describe('of several inputs', () => {
    const make = (): Trainer => {
      const [a, b] = [input({ shape: [null, 1] }), input({ shape: [null, 1] })];
      const joined = concatenate().apply([lstm({ units: 2 }).apply(a), lstm({ units: 3 }).apply(b)]);
      const network = model({ inputs: [a, b], outputs: dense({ units: 1 }).apply(joined) });
      return compile(network, { optimizer: 'sgd', loss: 'mse' });
    };
    const [left, right] = [
      [[[1], [2]], [[3]], [[4], [5], [6]]],
      [[[7]], [[8], [9], [1], [2]], [[3]]],
    ];
    const y = hostArray([[1], [2], [3]]);
    const both = (): readonly ReturnType<typeof padded>[] => [padded(left, [0, 3, 1]), padded(right, [2, 0, 6])];
    const one = (row: number) => [hostArray([left[row]!]), hostArray([right[row]!])];

    it('come with each of them', async () => {
      const alone = await Promise.all([0, 1, 2].map((row) => make().predict(one(row))));
      const expected = alone.map(({ data }) => expect.closeTo(data[0] as number, 6));
      expect([...(await make().predict(both(), { batchSize: 2 })).data]).toEqual(expected);
      const [short, long, bare] = [make(), make(), make()];
      for (const row of [0, 1, 2]) await short.fit([{ x: one(row), y: hostArray([y.data[row]!], [1, 1]) }]);
      await long.fit(both(), y, { batchSize: 1, shuffle: false });
      await bare.fit(
        both().map(({ data, shape }) => ({ data, shape })),
        y,
        { batchSize: 1, shuffle: false },
      );
      const weights = weightsOf(short.network)
        .flat()
        .map((value) => expect.closeTo(value, 5));
      expect(weightsOf(long.network).flat()).toEqual(weights);
      expect(weightsOf(bare.network).flat()).not.toEqual(weights);
      expect(await long.evaluate(both(), y, { batchSize: 2 })).toEqual({
        loss: expect.closeTo((await short.evaluate(both(), y)).loss, 5),
      });
    });

    it('come as a list with a batch, or that of the first alone', async () => {
      const [a, b] = both() as [ReturnType<typeof padded>, ReturnType<typeof padded>];
      const plain = [a, b].map(({ data, shape }) => ({ data, shape }));
      const trainer = make();
      const expected = await trainer.evaluate(both(), y);
      expect(await trainer.evaluate([{ x: plain, y, mask: [a.mask, b.mask] }])).toEqual(expected);
      expect(await trainer.evaluate([{ x: [plain[0]!, b], y, mask: a.mask }])).toEqual(expected);
      await expect(
        trainer.evaluate([{ x: plain, y, mask: [a.mask, a.mask, a.mask] }]),
      ).rejects.toThrowErrorMatchingInlineSnapshot(
        `[DataError: [evaluate] mask of a batch is 3 arrays. x of the batch is 2 arrays. Give a mask for each, or only that of the first.]`,
      );
    });

    it('are as many as the sequences', async () => {
      const [a, b] = both() as [ReturnType<typeof padded>, ReturnType<typeof padded>];
      const mask = { data: b.mask.data.subarray(7), shape: [2, 7] };
      await expect(make().predict([a, { ...b, mask }])).rejects.toThrow(
        '[predict] x holds 3 and 3, the mask of x holds 3 and 2 samples.',
      );
    });
  });

  describe('of targets', () => {
    /** Answers of every step, three of each sample: what is read ends before. */
    const answers = (): Trainer =>
      compile(
        sequential([
          simpleRnn({ units: 2, inputShape: [null, 1] }),
          repeatVector({ n: 3 }),
          simpleRnn({ units: 1, returnSequences: true }),
        ]),
        { optimizer: 'sgd', loss: 'mse', metrics: ['mae'] },
      );
    const y = {
      ...hostArray([
        [[1], [2], [9]],
        [[3], [9], [9]],
      ]),
      mask: hostArray([
        [1, 1, 0],
        [1, 0, 0],
      ]),
    };
    const x = [
      [[1], [2]],
      [[3], [4]],
    ];

    it('count where the output has none', async () => {
      const trainer = answers();
      const { data } = await trainer.predict(x);
      const errors = [0, 1, 3].map((at) => Math.abs((data[at] as number) - (y.data[at] as number)));
      const mean = (values: number[]): number => values.reduce((sum, each) => sum + each, 0) / 3;
      const expected = {
        loss: expect.closeTo(mean(errors.map((each) => each ** 2)), 5),
        mae: expect.closeTo(mean(errors), 5),
      };
      expect(await trainer.evaluate(x, y)).toEqual(expected);
      expect(await trainer.evaluate([{ x, y }])).toEqual(expected);
      const [masked, changed] = [answers(), answers()];
      await masked.fit(x, y, { epochs: 2, batchSize: 1 });
      const other = { ...y, data: y.data.map((value, at) => (y.mask.data[at] === 0 ? Number.NaN : value)) };
      await changed.fit(x, other, { epochs: 2, batchSize: 1 });
      expect(weightsOf(masked.network)).toEqual(weightsOf(changed.network));
    });

    it('are as many as the samples', async () => {
      await expect(answers().evaluate(x, { ...y, mask: hostArray([[1, 1, 0]]) })).rejects.toThrow(
        '[evaluate] x holds 2, y holds 2, the mask of y holds 1 samples.',
      );
    });

    it('are of the steps of the output', async () => {
      const last = compile(sequential([simpleRnn({ units: 3, inputShape: [null, 1] })]), {
        optimizer: 'sgd',
        loss: 'mse',
      });
      const labels = {
        ...hostArray([
          [1, 2, 0],
          [3, 0, 0],
        ]),
        mask: y.mask,
      };
      await expect(last.evaluate(x, labels)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: [evaluate] the mask of y is [2, 3], the output of the network is [2, 3]. A mask [batch, time] is of the steps of an output [batch, time, features]. Set returnSequences: true in the last recurrent layer, or pass y as { data, shape } to do without its mask.]`,
      );
      await expect(last.evaluate(x, { data: labels.data, shape: labels.shape })).resolves.toBeDefined();
    });

    const steps = (): Trainer =>
      compile(sequential([lstm({ units: 1, returnSequences: true, inputShape: [null, 1] })]), {
        optimizer: 'sgd',
        loss: 'mse',
      });

    it('give way to the mask of the output', async () => {
      const a = padded([[[1], [2]], [[3]]], [0, 0]);
      const wanted = padded([[[4], [5]], [[6]]], [0, 0]);
      const expected = await steps().evaluate(a, wanted);
      expect(expected).toEqual(await steps().evaluate(a, { data: wanted.data, shape: wanted.shape }));
      // Another input masks the output.
      const [p, q] = [input({ shape: [null, 1] }), input({ shape: [null, 1] })];
      const read = lstm({ units: 1 }).apply(q);
      const outputs = lstm({ units: 1, returnSequences: true }).apply(p);
      const joined = model({ inputs: [p, q], outputs: [outputs, read] });
      const trainer = compile(joined, { optimizer: 'sgd', loss: 'mse' });
      const late = padded([[[4], [5]], [[6]]], [5, 5]);
      const found = await trainer.evaluate([a, late], [late, hostArray([[0], [0]])]);
      const plain = { data: late.data, shape: late.shape };
      expect(found).toEqual(await trainer.evaluate([a, late], [plain, hostArray([[0], [0]])]));
    });

    it('are those of the input which they answer', async () => {
      const a = padded([[[1]], [[1], [2]], [[3]]], [0, 0, 0]);
      const late = padded([[[1]], [[4], [5]], [[6]]], [0, 5, 6]);
      await expect(steps().fit(a, late, { shuffle: false, batchSize: 1 })).rejects.toThrowErrorMatchingInlineSnapshot(
        `[DataError: [fit] row 1 is padded in other places in y than in x. The network answers every step, and the steps of y are those of x. Pad both alike, for example with padding: 'post', or pass y as { data, shape } to go by the mask of x alone.]`,
      );
      await expect(steps().evaluate(a, late)).rejects.toThrow('row 1 is padded in other places in y than in x.');
      await expect(steps().fit(a, { data: late.data, shape: late.shape })).resolves.toBeDefined();
    });
  });

  it('come with predictions', async () => {
    const x = padded([[[1], [2]], [[3]], [[4]]], [0, 0, 6]);
    const network = () => {
      const series = input({ shape: [null, 1] });
      const y = lstm({ units: 2, returnSequences: true }).apply(series);
      return model({
        inputs: series,
        outputs: [activation({ activation: 'tanh' }).apply(y), lstm({ units: 1 }).apply(y)],
      });
    };
    const trainer = compile(network(), { optimizer: 'sgd', loss: 'mse' });
    for (const batchSize of [2, 3]) {
      const [every, last] = await trainer.predictAll(x, { batchSize });
      expect(every?.mask).toEqual(x.mask);
      expect(Object.keys(last!)).toEqual(['data', 'shape']);
    }
    expect((await trainer.predict(x)).mask).toEqual(x.mask);
    expect(Object.keys(await trainer.predict([[[1]]]))).toEqual(['data', 'shape']);
  });
});
