import { readFileSync } from 'node:fs';
import { hostArray, type Parameter, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { bidirectional, dense, embedding, gru, type Layer, lstm, sequential, simpleRnn } from '@lstm/layers';
import { adam, adamw, type Optimizer, rmsprop, sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, type LossName } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

interface Entry {
  readonly shape: number[];
  readonly data: number[];
}
type Named = { readonly name: string } & Record<string, unknown>;
interface TrainingCase {
  readonly name: string;
  readonly loss: LossName;
  readonly optimizer: Named;
  readonly model: readonly Named[];
  readonly inputs: { readonly x: Entry; readonly y: Entry };
  readonly weights: Record<string, Entry>;
  readonly outputs: { readonly loss: Entry; readonly prediction: Entry };
  readonly finalWeights: Record<string, Entry>;
}

describe('training gives what Keras gives', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../testing/vectors/keras/training.json', import.meta.url), 'utf8'),
  ) as { cases: TrainingCase[] };
  const factories: Readonly<Record<string, (options: never) => Layer>> = {
    lstm,
    gru,
    simpleRnn,
    dense,
    embedding,
    bidirectional: ({ layer, ...options }: { layer: Named }) => bidirectional(made(layer), options),
  };
  const made = ({ name, ...options }: Named): Layer => (factories[name] as (options: object) => Layer)(options);
  const optimizers = { adam, adamw, rmsprop, sgd } as unknown as Record<string, (options: object) => Optimizer>;

  /** Parameters by the names of the file: `1.forward.kernel` is `forward/kernel` of layer 1. */
  const parametersOf = (layers: readonly Layer[], names: readonly string[]): Map<string, Parameter> =>
    new Map(
      names.map((name) => {
        const [index = '', ...path] = name.split('.');
        const found = layers[Number(index)]?.parameters.find((each) => each.name.endsWith(`/${path.join('/')}`));
        return [name, found as Parameter];
      }),
    );
  const expectClose = (found: ArrayLike<number>, wanted: Entry, what: string): void => {
    wanted.data.forEach((value, i) => {
      const limit = 2e-5 + 1e-4 * Math.abs(value);
      expect(Math.abs((found[i] as number) - value), `${what}[${i}]: ${found[i]}, not ${value}`).toBeLessThan(limit);
    });
  };

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const { x, y } = each.inputs;
    const layers = each.model.map(made);
    const network = sequential(layers);
    network.build([[null, ...x.shape.slice(1)]]);
    const parameters = parametersOf(layers, Object.keys(each.weights));
    for (const [name, parameter] of parameters) {
      const { data, shape } = each.weights[name] as Entry;
      parameter.assign(hostArray(Float32Array.from(data), shape));
    }
    const { name, ...options } = each.optimizer;
    const optimizer = (optimizers[name] as (options: object) => Optimizer)(options);
    const trainer = compile(network, { optimizer, loss: each.loss });
    const inputs = hostArray(
      layers[0]?.type === 'embedding' ? Int32Array.from(x.data) : Float32Array.from(x.data),
      x.shape,
    );
    const fitted = { epochs: each.outputs.loss.data.length, batchSize: x.shape[0] ?? 0, shuffle: false };
    const { history } = await trainer.fit(inputs, hostArray(Float32Array.from(y.data), y.shape), fitted);
    expectClose(history['loss'] ?? [], each.outputs.loss, 'loss');
    expectClose((await trainer.predict(inputs)).data, each.outputs.prediction, 'prediction');
    for (const [path, parameter] of parameters) {
      expectClose(parameter.value.dataSync(), each.finalWeights[path] as Entry, path);
    }
  });
});
