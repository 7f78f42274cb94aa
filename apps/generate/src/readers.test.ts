import { describe, expect, it } from 'vitest';
import { readOnce, trainingBatch } from './readers.ts';

const tokens = Int32Array.from({ length: 23 }, (_, i) => i);

describe('readers', () => {
  it('start evenly spread, and each goes on where it was', () => {
    const [first, second] = [0, 1].map((index) => trainingBatch(tokens, { readers: 2, steps: 3 }, index));
    expect(first).toMatchObject({ x: { shape: [2, 3] }, y: { shape: [2, 3] } });
    expect([...first!.x.data, ...second!.x.data]).toEqual([0, 1, 2, 11, 12, 13, 3, 4, 5, 14, 15, 16]);
    expect([...first!.y.data]).toEqual([1, 2, 3, 12, 13, 14]);
  });

  it('begin again at the end of the text', () => {
    const { x, y } = trainingBatch(tokens, { readers: 1, steps: 4 }, 5);
    expect([...x.data]).toEqual([20, 21, 0, 1]);
    expect([...y.data]).toEqual([21, 22, 1, 2]);
  });

  it('read a text once in batches of one length', () => {
    const batches = readOnce(tokens, { readers: 2, steps: 4 });
    expect(batches.map(({ x }) => [...x.data])).toEqual([
      [0, 1, 2, 11, 12, 13],
      [3, 4, 5, 14, 15, 16],
      [6, 7, 8, 17, 18, 19],
    ]);
    expect(() => readOnce(tokens, { readers: 40, steps: 4 })).toThrow('Take a longer text or fewer readers.');
  });
});
