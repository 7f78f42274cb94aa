import { hostArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { concatenate, dense, gru, input, lstm, model, type Network, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, earlyStopping, type Trainer, type TrainingControl } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('several inputs and outputs', () => {
  it('train with a loss for each', async () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [3, 1] })];
    const joined = concatenate().apply([a, lstm({ units: 4 }).apply(b)]);
    const network = model({
      inputs: [a, b],
      outputs: [dense({ units: 1 }).apply(joined), dense({ units: 2, activation: 'softmax' }).apply(joined)],
    });
    const trainer = compile(network, {
      optimizer: 'adam',
      loss: ['mse', 'sparseCategoricalCrossentropy'],
      lossWeights: [1, 0.5],
      metrics: ['mse'],
    });
    const x = [hostArray(new Float32Array(8).fill(1), [4, 2]), hostArray(new Float32Array(12).fill(1), [4, 3, 1])];
    const y = [hostArray([1, 2, 3, 4]), hostArray([0, 1, 0, 1])];
    await expect(trainer.fit(x, y)).rejects.toThrow('[mse] prediction is [4, 2], target is [4].');
    const plain = compile(network, { optimizer: 'adam', loss: ['mse', 'sparseCategoricalCrossentropy'] });
    const { history } = await plain.fit(x, y, { epochs: 3 });
    expect(history['loss']?.[2]).toBeLessThan(history['loss']?.[0] ?? 0);
    expect((await plain.predictAll(x)).map(({ shape }) => shape)).toEqual([
      [4, 1],
      [4, 2],
    ]);
  });
});

describe('several outputs', () => {
  const a = input({ shape: [1] });
  const made = (names: readonly (string | undefined)[]): Network => {
    const outputs = names.map((name) =>
      dense({ units: 1, ...(name !== undefined && { name }), kernelInitializer: 'zeros' }).apply(a),
    );
    return model({ inputs: a, outputs });
  };
  const network = made([undefined, undefined]);
  const x = hostArray([0, 0], [2, 1]);
  const y = [hostArray([1, 1], [2, 1]), hostArray([1, 3], [2, 1])];

  it('log their losses without factors, and metrics of their own', async () => {
    const trainer = compile(network, {
      optimizer: sgd({ learningRate: 0 }),
      loss: ['mse', 'mae'],
      lossWeights: [1, 0.5],
      metrics: [['mae'], ['mse', 'accuracy']],
    });
    const expected = { loss: 1 + 0.5 * 2, loss_0: 1, mae_0: 1, loss_1: 2, mse_1: 5, accuracy_1: 0 };
    expect(await trainer.evaluate(x, y)).toEqual(expected);
    expect(await trainer.trainOnBatch(x, y)).toEqual(expected);
    let better = {};
    const onTrainBegin = (control: TrainingControl): void => {
      better = control.better;
    };
    const { history } = await trainer.fit(x, y, { validationData: [x, y], callbacks: [{ onTrainBegin }] });
    expect(history).toMatchObject({ loss_1: [2], valLoss_0: [1], valAccuracy_1: [0] });
    expect(Object.keys(better)).toEqual(Object.keys(history));
    expect(better).toMatchObject({ loss_0: 'lower', valLoss_1: 'lower', accuracy_1: 'higher' });
  });

  it('are logged by the names of their layers where all have one', async () => {
    const logs = async (network: Network): Promise<string[]> =>
      Object.keys(await compile(network, { optimizer: 'sgd', loss: 'mse', metrics: ['mae'] }).evaluate(x, y));
    const byName = ['loss', 'loss_sold', 'mae_sold', 'loss_open', 'mae_open'];
    const byNumber = ['loss', 'loss_0', 'mae_0', 'loss_1', 'mae_1'];
    expect(await logs(made(['sold', 'open']))).toEqual(byName);
    expect(await logs(made(['sold', undefined]))).toEqual(byNumber);
    expect(await logs(made(['dense', 'dense_7']))).toEqual(byNumber);
    expect(model({ inputs: a, outputs: a }).outputNames).toEqual([undefined]);
    // Two outputs of one layer have one name.
    const series = input({ shape: [null, 1] });
    const [, ...states] = lstm({ units: 1, returnState: true, name: 'memory' }).applyAll(series);
    const twice = compile(model({ inputs: series, outputs: states }), {
      optimizer: 'sgd',
      loss: 'mse',
      metrics: ['mae'],
    });
    expect(Object.keys(await twice.evaluate(hostArray([1, 2], [2, 1, 1]), y))).toEqual(byNumber);
    const trainer = compile(made(['sold', 'open']), { optimizer: 'sgd', loss: 'mse' });
    const callbacks = [earlyStopping({ monitor: 'valLoss_open' })];
    const { history } = await trainer.fit(x, y, { validationData: [x, y], callbacks });
    expect(Object.keys(history)).toContain('valLoss_sold');
  });

  it('may be those of a sequential network', async () => {
    const states = sequential([gru({ units: 1, returnState: true, inputShape: [null, 1] })]);
    const trainer = compile(states, { optimizer: 'sgd', loss: ['mse', 'mae'] });
    const sequences = hostArray([1, 2], [2, 1, 1]);
    const { history } = await trainer.fit(sequences, y);
    expect(Object.keys(history)).toEqual(['loss', 'loss_0', 'loss_1']);
    await expect(trainer.fit(sequences, y[0]!)).rejects.toThrow('y is one array. The network has 2 outputs.');
  });

  it('may be without a metric, whose output is then not read', async () => {
    const trainer = compile(network, { optimizer: 'sgd', loss: 'mse', metrics: [[], ['mae']] });
    expect(Object.keys(await trainer.evaluate(x, y))).toEqual(['loss', 'loss_0', 'loss_1', 'mae_1']);
  });

  it('have a list each, or one together', async () => {
    const parts = { optimizer: 'sgd', loss: 'mse' } as const;
    expect(() => compile(network, { ...parts, metrics: [['mae'], [], []] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [createTrainer] metrics holds 3 entries. There are 2 outputs. Give one for each.]`,
    );
    expect(() => compile(network, { ...parts, loss: ['mse'] })).toThrow('loss holds 1 entry.');
    expect(() => compile(network, { ...parts, lossWeights: [1] })).toThrow('lossWeights holds 1 entry.');
    const unknown = (loss: ['mse', 'mse']): Trainer => compile(sequential([dense({ units: 1 })]), { ...parts, loss });
    await expect(unknown(['mse', 'mse']).fit(x, y[0]!)).rejects.toThrow('loss holds 2 entries. There is one output.');
    const mixed = ['mae', ['mse']] as never;
    expect(() => compile(network, { ...parts, metrics: mixed })).toThrow('metrics holds what is no metric.');
    expect(() => compile(network, { ...parts, metrics: [['mae', 'mae'], []] })).toThrow('two logs are named mae.');
  });
});
