import { type HostArray, hostArray, memory, onesInitializer, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, lstm, type Network, sequential } from '@lstm/layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { disturb, outputsOf, ramp } from '../../test/networks.ts';
import { decodeSafetensors, encodeSafetensors, loadWeights, restoreModel, saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

it.each<[string, (network: Network) => unknown]>([
  ['loadWeights', (network) => loadWeights(network, new Uint8Array())],
  ['restoreModel', (network) => restoreModel(network, new Uint8Array())],
  ['saveModel', saveModel],
])('%s takes a network', async (name, run) => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  for (const other of [undefined, null, [1], { network }]) {
    await expect((async () => run(other as never))()).rejects.toThrow(`[${name}] the first argument is`);
  }
});

describe('loadWeights', () => {
  const create = (): Network => sequential([lstm({ units: 2, inputShape: [4, 1] }), dense({ units: 1 })]);

  it('takes the weights of a saved model and leaves the optimizer alone', async () => {
    const network = create();
    disturb(network);
    const slots = { 'dense/bias/mean': hostArray([5]) };
    const bytes = await saveModel(network, { optimizer: { config: {}, iterations: 1, slots } });
    const other = create();
    loadWeights(other, bytes);
    expect(await outputsOf(other, [ramp([2, 4, 1])])).toEqual(await outputsOf(network, [ramp([2, 4, 1])]));
  });

  it('runs no initializer', async () => {
    const bytes = await saveModel(sequential([dense({ units: 2, inputShape: [3] })]));
    const initializer = vi.fn(onesInitializer);
    const network = sequential([dense({ units: 2, inputShape: [3], kernelInitializer: initializer })]);
    loadWeights(network, bytes);
    await network.call(ramp([1, 3])).data();
    expect(initializer).not.toHaveBeenCalled();
  });

  it('rounds float64 to the type of the parameter', async () => {
    const network = sequential([dense({ units: 1, inputShape: [1], useBias: false })]);
    loadWeights(network, encodeSafetensors({ 'dense/kernel': hostArray(Float64Array.of(0.1), [1, 1]) }));
    expect(await network.parameters[0]?.value.data()).toEqual(Float32Array.of(0.1));
  });

  it('lists all that does not fit, and changes nothing', async () => {
    const network = create();
    disturb(network);
    const before = await saveModel(network);
    const counted = memory().tensors;
    const { tensors } = decodeSafetensors(before);
    const { 'lstm/bias': moved, ...rest } = tensors;
    const changed = {
      ...rest,
      'dense/bias': hostArray(Int32Array.of(1)),
      'dense/kernel': hostArray([[1]]),
      'lstm_1/bias': moved as HostArray,
    };
    expect(() => loadWeights(network, encodeSafetensors(changed))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadWeights] the file does not fit the network: lstm/bias [8] is missing in the file; dense/kernel is [1, 1] in the file and [2, 1] in the network; dense/bias is int32 in the file and float32 in the network; lstm_1/bias [8] is not in the network. Every parameter takes the tensor of its name and shape, and no tensor is left over; nothing was changed. Make the layers, names and sizes those that were saved, or load the whole model: loadModel(bytes).]`,
    );
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, hostArray(i)]));
    expect(() => loadWeights(network, encodeSafetensors(many))).toThrow(
      /x12 \[\] is not in the network; and 25 more\./,
    );
    expect(memory().tensors).toBe(counted);
    expect(await saveModel(network)).toEqual(before);
  });

  it('changes nothing when the backend refuses one of the tensors', async () => {
    const full = reference();
    let left = Number.POSITIVE_INFINITY;
    const backend = {
      ...full,
      upload: (...values: Parameters<typeof full.upload>): ReturnType<typeof full.upload> => {
        left -= 1;
        if (left < 0) throw new RangeError('out of memory');
        return full.upload(...values);
      },
    };
    const network = create();
    network.build();
    await network.to(backend);
    disturb(network);
    const before = await saveModel(network);
    const other = create();
    const bytes = await saveModel(other);
    const counted = memory().tensors;
    left = 2;
    expect(() => loadWeights(network, bytes)).toThrow('out of memory');
    left = Number.POSITIVE_INFINITY;
    expect(memory().tensors).toBe(counted);
    expect(await saveModel(network)).toEqual(before);
  });

  it('needs a network that knows its shape', async () => {
    const bytes = await saveModel(create());
    expect(() => loadWeights(sequential([dense({ units: 1 })]), bytes)).toThrow('the shape of the input is not known');
  });
});
