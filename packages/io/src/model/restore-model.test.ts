import { hostArray, memory, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, gru, type Network, sequential } from '@lstm/layers';
import { beforeAll, expect, it } from 'vitest';
import { disturb, outputsOf, ramp } from '../../test/networks.ts';
import { encodeSafetensors, restoreModel, saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const create = (): Network =>
  sequential([gru({ units: 2, inputShape: [null, 1], stateful: true }), dense({ units: 1 })]);

it('gives a network its weights back, and returns what lay beside them', async () => {
  const network = create();
  disturb(network);
  await outputsOf(network, [ramp([1, 2, 1])]); // carries a state now
  const optimizer = { config: { type: 'own' }, iterations: 3, slots: { 'dense/bias/mean': hostArray([5]) } };
  const bytes = await saveModel(network, { optimizer, states: true, training: { epochs: [0] }, extra: 'ppm' });
  const other = create();
  const { states, ...beside } = restoreModel(other, bytes);
  expect(beside).toEqual({ optimizer, training: { epochs: [0] }, extra: 'ppm' });
  other.writeStates(states);
  expect(await outputsOf(other, [ramp([1, 2, 1])])).toEqual(await outputsOf(network, [ramp([1, 2, 1])]));
});

it('refuses a file that is no model, and one of another network, which is as it was', async () => {
  const network = create();
  const before = await saveModel(network);
  expect(() => restoreModel(network, encodeSafetensors({ x: hostArray([1]) }))).toThrow(
    '[restoreModel] the file holds tensors and no network.',
  );
  const larger = await saveModel(sequential([gru({ units: 3, inputShape: [null, 1] }), dense({ units: 1 })]));
  const counted = memory().tensors;
  expect(() => restoreModel(network, larger)).toThrow(
    '[restoreModel] the file does not fit the network: gru/kernel is [1, 9] in the file and [1, 6] in the network;',
  );
  expect(await saveModel(network)).toEqual(before);
  expect(memory().tensors).toBe(counted);
});
