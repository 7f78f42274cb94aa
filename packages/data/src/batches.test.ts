import { type HostArray, hostArray } from '@lstm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  type BatchDataset,
  batches,
  bucketBatches,
  lengthBuckets,
  padSequences,
  windowBatches,
} from './index.ts';

const count = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** What the first input of every batch holds, one list per batch. */
function drawn(batchesOfEpoch: Iterable<Batch>): number[][] {
  return [...batchesOfEpoch].map(({ x }) => [...[x].flat()[0]!.data]);
}

describe('batches', () => {
  it('gives every sample once an epoch, x and y alike, in another order each epoch', () => {
    const dataset = batches(
      count(10),
      count(10).map((i) => [i, -i]),
      { batchSize: 4, seed: 5 },
    );
    expect(dataset.batchCount).toBe(3);
    const epochs = count(3).map(() => [...dataset]);
    for (const epoch of epochs) {
      const [x, y] = [epoch.flatMap((batch) => [...(batch.x as { data: Float32Array }).data]), epoch.map(({ y }) => y)];
      expect(x.toSorted((a, b) => a - b)).toEqual(count(10));
      expect(y.flatMap((each) => [...[each].flat()[0]!.data])).toEqual(x.flatMap((i) => [i, -i]));
      expect(epoch.map((batch) => [batch.y].flat()[0]!.shape)).toEqual([
        [4, 2],
        [4, 2],
        [2, 2],
      ]);
    }
    expect(new Set(epochs.map((epoch) => String(drawn(epoch)))).size).toBe(3);
  });

  it('goes through numbered epochs, which follow from the seed alone', () => {
    const make = (seed: number): BatchDataset => batches(count(20), count(20), { batchSize: 6, seed });
    const dataset = make(1);
    const passes = [drawn(dataset), drawn(dataset)];
    expect([drawn(make(1).epoch(0)), drawn(make(1).epoch(1))]).toEqual(passes);
    expect(drawn(dataset.epoch(1))).toEqual(passes[1]);
    expect(drawn(make(2).epoch(0))).not.toEqual(passes[0]);
    const again = dataset.epoch(0);
    expect(drawn(again)).toEqual(drawn(again));
  });

  it('keeps the order without shuffle and drops the remainder when asked', () => {
    expect(drawn(batches(count(5), count(5), { batchSize: 2, shuffle: false }))).toEqual([[0, 1], [2, 3], [4]]);
    const dropping = batches(count(5), count(5), { batchSize: 2, dropRemainder: true });
    expect(dropping.batchCount).toBe(2);
    const left = count(20).map(() => drawn(dropping).flat().length);
    expect(left).toEqual(count(20).map(() => 4));
    // Another sample is left out in other epochs.
    const missing = count(20).map((epoch) => count(5).find((i) => !drawn(dropping.epoch(epoch)).flat().includes(i)));
    expect(new Set(missing).size).toBeGreaterThan(2);
  });

  it('says whether samples come in their order', () => {
    const shuffles = [{}, { shuffle: true }, { shuffle: false }];
    expect(shuffles.map((options) => batches([1], [1], options).ordered)).toEqual([false, false, true]);
    expect(shuffles.map((options) => windowBatches([1, 2], 1, options).ordered)).toEqual([false, false, true]);
    expect(bucketBatches([[1]], [1], { shuffle: false }).ordered).toBe(false);
  });

  it('takes several inputs and targets, and keeps types', () => {
    const x = [hostArray(Int32Array.of(1, 2, 3), [3, 1]), hostArray(Float64Array.of(4, 5, 6))];
    const [first] = batches(x, [hostArray([7, 8, 9])], { batchSize: 2, shuffle: false });
    expect(first).toEqual({
      x: [hostArray(Int32Array.of(1, 2), [2, 1]), hostArray(Float64Array.of(4, 5))],
      y: [hostArray([7, 8])],
    });
  });

  it('hands on the weight of each sample, or of each step', () => {
    const weights = count(10).map((i) => i / 4);
    const dataset = batches(count(10), count(10), { batchSize: 4, seed: 1, sampleWeight: weights });
    for (const { x, sampleWeight } of dataset) {
      const places = [...(x as HostArray).data];
      expect(sampleWeight).toEqual(hostArray(places.map((place) => weights[place]!)));
    }
    expect(drawn(dataset.epoch(0)).flat()).not.toEqual(count(10));
    const steps = hostArray([1, 0, 2, 1, 0, 0], [3, 2]);
    const ofOutputs = batches([1, 2], [1, 2], { shuffle: false, sampleWeight: [hostArray([3, 4]), hostArray([5, 6])] });
    expect([...ofOutputs].map(({ sampleWeight }) => sampleWeight)).toEqual([[hostArray([3, 4]), hostArray([5, 6])]]);
    const ofSteps = [...batches(count(3), count(3), { batchSize: 2, shuffle: false, sampleWeight: steps })];
    expect(ofSteps.map(({ sampleWeight }) => sampleWeight)).toEqual([
      hostArray([1, 0, 2, 1], [2, 2]),
      hostArray([0, 0], [1, 2]),
    ]);
    expect(Object.keys([...batches([1], [1])][0]!)).toEqual(['x', 'y']);
  });

  it('keeps the masks of all inputs and targets', () => {
    const x = padSequences([[1], [2, 3], [4]], { padding: 'post' });
    const y = padSequences([[1, 2], [3, 4], [5]]);
    const masks = [hostArray([1, 0, 1, 1], [2, 2]), hostArray([1, 0], [1, 2])];
    const targetMasks = [hostArray([1, 1, 1, 1], [2, 2]), hostArray([0, 1], [1, 2])];
    const options = { batchSize: 2, shuffle: false };
    const masksOf = (arrays: Batch['x']) => [arrays].flat().map((each) => (each as HostArray).mask);
    const drawn = [...batches(x, y, options)];
    expect(drawn.map((batch) => masksOf(batch.x))).toEqual(masks.map((mask) => [mask]));
    expect(drawn.map((batch) => masksOf(batch.y))).toEqual(targetMasks.map((mask) => [mask]));
    expect([...batches([hostArray(count(3)), x], y, options)].map((batch) => masksOf(batch.x))).toEqual(
      masks.map((mask) => [undefined, mask]),
    );
    const [unmasked] = batches(hostArray(x.data, x.shape), count(3), options);
    expect(Object.keys(unmasked!.x)).toEqual(['data', 'shape']);
    for (const { x: drawn } of batches(x, count(3), { batchSize: 2 })) {
      const { data, mask } = drawn as HostArray;
      expect([...data].map((value) => Math.min(value, 1))).toEqual([...mask!.data]);
    }
  });

  it.each<[string, () => unknown]>([
    ['a mask of fewer samples', () => batches({ ...hostArray([1, 2]), mask: hostArray([1]) }, [1, 2])],
    ['unequal numbers of samples', () => batches([1, 2], [1, 2, 3])],
    ['fewer weights than samples', () => batches([1, 2], [1, 2], { sampleWeight: [1] })],
    [
      'a weight that is missing',
      () =>
        batches([[1], [2]], [1, 2], {
          sampleWeight: [
            [1, 1],
            [1, Number.NaN],
          ],
        }),
    ],
    ['a weight without end', () => bucketBatches([[1]], [1], { sampleWeight: [Number.POSITIVE_INFINITY] })],
    ['weights of padded steps', () => bucketBatches([[1], [2]], [1, 1], { sampleWeight: [[1], [2]] })],
    ['no samples', () => batches([], [])],
    ['fewer samples than a batch', () => batches([1], [1], { dropRemainder: true })],
    ['an unknown option', () => batches([1], [1], { batchsize: 2 } as object)],
    ['a batch of none', () => batches([1], [1], { batchSize: 0 })],
    ['a seed below 0', () => batches([1], [1], { seed: -1 })],
    ['an epoch below 0', () => batches([1], [1]).epoch(-1)],
    ['an unknown option of buckets', () => bucketBatches([[1]], [1], { boundaries: [2] } as object)],
    ['an unknown choice of targets', () => bucketBatches([[1]], [1], { targets: 'each' as 'perSequence' })],
    ['buckets that do not rise', () => bucketBatches([[1]], [1], { buckets: [5, 5] })],
    ['no buckets', () => bucketBatches([[1]], [1], { buckets: 0 })],
    ['an empty list of buckets', () => bucketBatches([[1]], [1], { buckets: [] })],
    ['fewer targets than sequences', () => bucketBatches([[1], [2]], [1])],
    ['targets of another length', () => bucketBatches([[1], [2, 3]], [[1], [2]], { targets: 'perStep' })],
    ['fewer targets of steps', () => bucketBatches([[1], [2]], [[1]], { targets: 'perStep' })],
    ['sequences of text', () => bucketBatches(['ab'] as never, [1])],
    ['lengths of nothing', () => lengthBuckets([], 2)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});

describe('lengthBuckets', () => {
  it('divides evenly, with fewer buckets where lengths repeat', () => {
    expect(lengthBuckets(count(100), 4)).toEqual([24, 49, 74, 99]);
    expect(lengthBuckets([5, 5, 5, 5], 3)).toEqual([5]);
    expect(lengthBuckets([1, 2], 5)).toEqual([1, 2]);
  });
});

describe('bucketBatches', () => {
  const sequences = count(40).map((i) => count(((i * 7) % 20) + 1).map((step) => 100 * i + step));
  const targets = count(40);

  it('pads each batch to its longest sequence, every sequence once', () => {
    for (const batch of bucketBatches(sequences, targets, { batchSize: 6, seed: 2 })) {
      const expected = padSequences(batch.places.map((place) => sequences[place]!));
      const { data, shape, mask } = expected;
      expect(batch.x).toEqual({ data, shape, mask });
      expect(batch.lengths).toEqual(expected.lengths);
      expect(batch.mask).toEqual(mask);
      expect([...batch.y.data]).toEqual(batch.places);
    }
    const places = [...bucketBatches(sequences, targets, { batchSize: 6 })].flatMap((batch) => batch.places);
    expect(places.toSorted((a, b) => a - b)).toEqual(targets);
  });

  it('hands on the weight of each sequence', () => {
    const options = { batchSize: 6, sampleWeight: targets.map((i) => i / 8) };
    for (const { places, sampleWeight } of bucketBatches(sequences, targets, options)) {
      expect(sampleWeight).toEqual(hostArray(places.map((place) => place / 8)));
    }
  });

  it('pads less with more buckets', () => {
    const padding = (buckets: number, batchSize = 5): number =>
      [...bucketBatches(sequences, targets, { batchSize, buckets })]
        .flatMap(({ mask }) => [...mask.data])
        .filter((value) => value === 0).length;
    expect(padding(20, 2)).toBe(0);
    expect(padding(4)).toBeLessThan(padding(1) / 2);
  });

  it('keeps to given buckets but for a batch between two', () => {
    const dataset = bucketBatches(sequences, targets, { batchSize: 4, buckets: [6, 13] });
    const groups = [...dataset].map(({ lengths }) => new Set(lengths.map((n) => (n > 13 ? 2 : n > 6 ? 1 : 0))));
    expect(groups.filter((group) => group.size > 1).length).toBeLessThanOrEqual(2);
  });

  it('has another order in each epoch, which follows from the seed alone', () => {
    const make = (seed: number): string[] => {
      const dataset = bucketBatches(sequences, targets, { batchSize: 6, seed });
      return count(3).map(() => String([...dataset].map(({ places }) => `[${places}]`)));
    };
    expect(new Set(make(1)).size).toBe(3);
    expect(make(1)).toEqual(make(1));
    expect(make(1)[0]).not.toBe(make(2)[0]);
    const firsts = count(10).map((epoch) => [...bucketBatches(sequences, targets).epoch(epoch)][0]!.lengths[0]!);
    expect(new Set(firsts).size).toBeGreaterThan(3);
  });

  it('rises in length without shuffle', () => {
    const ordered = [...bucketBatches([[1, 2, 3], [4], [5, 6], [7]], count(4), { batchSize: 2, shuffle: false })];
    expect(ordered.map(({ places }) => places)).toEqual([
      [1, 3],
      [2, 0],
    ]);
  });

  it('cuts at maxLength and takes every option of padding', () => {
    const options = {
      maxLength: 2,
      padding: 'post',
      truncating: 'post',
      value: -1,
      dtype: 'float64',
      shuffle: false,
    } as const;
    const [batch] = bucketBatches([[1, 2, 3], [4]], [0, 1], options);
    expect(batch).toMatchObject({
      places: [1, 0],
      lengths: [1, 2],
      x: hostArray(Float64Array.of(4, -1, 1, 2), [2, 2]),
    });
    expect(batch?.x.mask).toEqual(batch?.mask);
  });

  it('pads targets of steps like the sequences', () => {
    const options = { targets: 'perStep', shuffle: false, buckets: [1, 2, 3], maxLength: 2 } as const;
    const [batch] = bucketBatches([[1, 2, 3], [4], []], [[0.5, 1.5, 2.5], [3.5], []], { ...options, value: 9 });
    const mask = hostArray([0, 1, 0, 0, 1, 1], [3, 2]);
    expect(batch?.x).toEqual({ ...hostArray(Int32Array.of(9, 4, 9, 9, 2, 3), [3, 2]), mask });
    expect(batch?.y).toEqual({ ...hostArray([0, 3.5, 0, 0, 1.5, 2.5], [3, 2]), mask });
    expect(batch?.mask).toEqual(mask);
  });

  it('keeps rows, also in a batch of empty sequences', () => {
    const [first, second] = bucketBatches([[], [[1, 2]]], [0, 1], { batchSize: 1, shuffle: false });
    expect(first?.x).toMatchObject(hostArray([[[0, 0]]]));
    expect(first?.lengths).toEqual([0]);
    expect(second?.x).toMatchObject(hostArray([[[1, 2]]]));
  });

  it('drops a remainder from anywhere, not the longest sequences', () => {
    const dataset = bucketBatches(sequences, targets, { batchSize: 32, dropRemainder: true });
    expect([...dataset]).toHaveLength(1);
    const longest = count(10).map((epoch) => Math.max(...[...dataset.epoch(epoch)][0]!.lengths));
    expect(longest).toContain(20);
  });

  it('holds every sequence for any lengths and sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (lengths, batchSize, buckets) => {
          const given = lengths.map((length, i) => count(length).map(() => i));
          const seen = [...bucketBatches(given, count(lengths.length), { batchSize, buckets, value: -1 })].flatMap(
            (batch) =>
              batch.places.map((place, row) => {
                const time = batch.x.shape[1]!;
                const steps = [...batch.x.data.subarray(row * time, (row + 1) * time)].filter((value) => value >= 0);
                expect(steps).toEqual(given[place]);
                return place;
              }),
          );
          expect(seen.toSorted((a, b) => a - b)).toEqual(count(lengths.length));
        },
      ),
      { seed: 1 },
    );
  });
});
