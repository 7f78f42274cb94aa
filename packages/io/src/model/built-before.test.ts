// Layers that were built before they joined a network keep the names of their parameters, in files too.
import { tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  bidirectional,
  dense,
  input,
  type Layer,
  lstm,
  model,
  type Network,
  sequential,
  timeDistributed,
} from '@lstm/layers';
import { beforeAll, expect, it } from 'vitest';
import { loadModel, saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const x = (): ReturnType<typeof tensor> => tensor([[[1], [2]]]);
const ran = <L extends Layer>(layer: L, shape: readonly number[]): L => {
  layer.build([[null, ...shape]]);
  return layer;
};
const body = (name?: string): Network =>
  ran(sequential([lstm({ units: 3, returnSequences: true })], name === undefined ? {} : { name }), [2, 1]);

function graph(): Network {
  const series = input({ shape: [null, 1] });
  return model({ inputs: series, outputs: dense({ units: 1 }).apply(body('memory').apply(series)) });
}

/** A network that was built as a part of another one. */
function part(): Network {
  const inner = sequential([lstm({ units: 3, inputShape: [null, 1], returnSequences: true })]);
  sequential([inner, dense({ units: 1 })]).build();
  return inner;
}

const networks: Record<string, () => Network> = {
  'a body with a new head': () => sequential([body(), dense({ units: 1 })]),
  'a body within a body': () => sequential([sequential([body(), dense({ units: 2 })]), dense({ units: 1 })]),
  'a named body in a graph': graph,
  'a graph in a sequential network': () => sequential([ran(graph(), [2, 1]), dense({ units: 2, name: 'head' })]),
  'a layer for every step': () =>
    sequential([timeDistributed(ran(dense({ units: 2 }), [1])), dense({ units: 1, name: 'head' })]),
  'one direction of two': () =>
    sequential([bidirectional(ran(lstm({ units: 2, returnSequences: true }), [2, 1])), dense({ units: 1 })]),
  'a part of a network': part,
};

it.each(Object.entries(networks))('%s is loaded as it was saved, twice', async (_, make) => {
  const network = make();
  const expected = await network.call(x()).data();
  const names = network.parameters.map(({ name }) => name);
  const once = loadModel(await saveModel(network)).network;
  const twice = loadModel(await saveModel(once)).network;
  for (const loaded of [once, twice]) {
    expect(loaded.parameters.map(({ name }) => name)).toEqual(names);
    expect(await loaded.call(x()).data()).toEqual(expected);
  }
});

it('says nothing of places in the usual network', () => {
  const network = sequential([body().layers[0] as Layer, dense({ units: 1 })]);
  network.build([[null, 2, 1]]);
  expect(JSON.stringify(network.toConfig())).not.toContain('"path"');
});
