import { hostArray } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { batches, createSequences, type WindowBatchOptions, windowBatches } from './index.ts';

const rows = Array.from({ length: 40 }, (_, i) => [i, 100 + i]);

describe('windowBatches', () => {
  it.each<WindowBatchOptions>([
    {},
    { batchSize: 7, seed: 3 },
    { batchSize: 7, shuffle: false, dropRemainder: true },
    { horizon: 3, stride: 2, targets: [1], batchSize: 4 },
  ])('gives what batches gives of all windows: %j', ({ horizon, stride, targets, ...drawn }) => {
    const cut = { ...(horizon && { horizon }), ...(stride && { stride }), ...(targets && { targets }) };
    const { x, y } = createSequences(rows, 5, cut);
    const [lazy, whole] = [windowBatches(rows, 5, { ...cut, ...drawn }), batches(x, y, drawn)];
    expect(lazy.batchCount).toBe(whole.batchCount);
    expect([[...lazy], [...lazy]]).toEqual([[...whole], [...whole]]);
    expect([...lazy.epoch(4)]).toEqual([...whole.epoch(4)]);
  });

  it('cuts no more than a batch', () => {
    // All windows at once would be 8 GB.
    const dataset = windowBatches(new Float32Array(2_000_000), 1000, { batchSize: 3 });
    const [{ x, y } = { x: undefined, y: undefined }] = dataset;
    expect([x?.shape, y?.shape]).toEqual([
      [3, 1000, 1],
      [3, 1],
    ]);
  });

  it('hands on the weight of each window', () => {
    const dataset = windowBatches([0, 1, 2, 3, 4, 5], 2, { batchSize: 3, sampleWeight: [1, 2, 3, 4] });
    for (const { y, sampleWeight } of dataset)
      expect(sampleWeight).toEqual(hostArray([...y.data].map((next) => next - 1)));
  });

  it.each<[string, () => unknown]>([
    ['a series that is too short', () => windowBatches([1, 2], 2)],
    ['a target that is no column', () => windowBatches(rows, 2, { targets: [2] })],
    ['fewer weights than windows', () => windowBatches([1, 2, 3, 4], 2, { sampleWeight: [1] })],
    ['too few windows for a batch', () => windowBatches([1, 2, 3], 2, { dropRemainder: true })],
    ['an unknown option', () => windowBatches([1, 2, 3], 2, { step: 2 } as object)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});
