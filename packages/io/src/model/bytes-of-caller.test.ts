import { runInNewContext } from 'node:vm';
import { type Backend, hostArray, type TypedArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, type Network, sequential } from '@lstm/layers';
import { afterAll, expect, it } from 'vitest';
import { ramp } from '../../test/networks.ts';
import { decodeSafetensors, loadModel, loadWeights, saveModel } from '../index.ts';

const uploads: TypedArray[] = [];
const plain = reference();
/** The reference backend, which tells what it was given. */
const watched: Backend = {
  ...plain,
  upload: (data, shape) => {
    uploads.push(data);
    return plain.upload(data, shape);
  },
};
await useBackend(watched);
afterAll(() => useBackend(plain));

const create = (): Network => sequential([dense({ units: 64, inputShape: [64] })]);
const slots = { 'dense/bias/mean': hostArray([5]) };

/** The bytes at a distance from the start of their buffer. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  const room = new Uint8Array(bytes.length + by);
  room.set(bytes, by);
  return room.subarray(by);
}

it.each([
  [0, true],
  [3, false],
])('weights are uploaded from the bytes of the file where these are aligned: byte %i', async (by, fromFile) => {
  const bytes = shifted(await saveModel(create(), { optimizer: { config: {}, iterations: 1, slots } }), by);
  const before = await create()
    .call(ramp([1, 64]))
    .data();
  for (const load of [
    () => loadModel(bytes),
    () => {
      const network = create();
      loadWeights(network, bytes);
      return { network, optimizer: undefined };
    },
  ]) {
    const own = bytes.slice();
    uploads.length = 0;
    const { network, optimizer } = load();
    expect(uploads.map(({ buffer }) => buffer === bytes.buffer)).toEqual([fromFile, fromFile]);
    bytes.fill(7);
    expect(await network.call(ramp([1, 64])).data()).toEqual(before);
    if (optimizer !== undefined) expect(optimizer.slots['dense/bias/mean']?.data).toEqual(Float32Array.of(5));
    bytes.set(own);
  }
});

it('bytes of another realm count, as test runners have them', async () => {
  const bytes = await saveModel(create());
  const foreign: Uint8Array = runInNewContext('new Uint8Array(length)', { length: bytes.length });
  foreign.set(bytes);
  expect(foreign).not.toBeInstanceOf(Uint8Array);
  expect(loadModel(foreign).network.parameters.map(({ name }) => name)).toEqual(['dense/kernel', 'dense/bias']);
});

it.each([
  ['a path', 'model.safetensors', 'Read the file first: await readFile(path).'],
  [
    'a promise',
    Promise.resolve(new Uint8Array()),
    'bytes is a Promise. A file is a Uint8Array. Write await before it.',
  ],
  ['an ArrayBuffer', new ArrayBuffer(8), 'Wrap an ArrayBuffer: new Uint8Array(buffer).'],
])('%s is refused in the place of bytes', (_, value, text) => {
  expect(() => loadModel(value as never)).toThrow(text);
});

it('decodeSafetensors copies', async () => {
  const bytes = await saveModel(create());
  const { tensors } = decodeSafetensors(bytes);
  const before = tensors['dense/kernel']?.data.slice();
  bytes.fill(7);
  expect(tensors['dense/kernel']?.data).toEqual(before);
});
