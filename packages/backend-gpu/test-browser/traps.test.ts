// What gpu.js gets wrong without an error when it is used in the obvious way; the backend must not, in any mode.
import { add, type Backend, matmul, max, mul, sum, tanh, tensor } from '@lstm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GpuMode, gpu } from '../src/index.ts';

describe.each<GpuMode>(['webgl2', 'webgpu', 'webasm'])('%s', (mode) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await gpu({ mode });
  });
  afterAll(() => backend.dispose());

  const ramp = (size: number) =>
    tensor(
      Float32Array.from({ length: size }, (_, i) => i % 7),
      { backend },
    );

  it('keeps a number a float when it was whole at the first launch', async () => {
    const x = tensor([1, 2, 3], { backend });
    expect([...(await mul(x, 1).data())]).toEqual([1, 2, 3]);
    expect([...(await mul(x, 0.25).data())]).toEqual([0.25, 0.5, 0.75]);
    const { kernels } = backend;
    for (const value of [1, 0.25])
      expect([...(await backend.read(kernels.fill([3], value, 'float32')))]).toEqual(Array(3).fill(value));
  });

  it('leaves the first result of a kernel alone when it runs again', async () => {
    const [first, second] = [add(ramp(6), ramp(6)), add(ramp(6), tensor([10, 20, 30, 40, 50, 60], { backend }))];
    expect([...(await first.data())]).toEqual([0, 2, 4, 6, 8, 10]);
    expect([...(await second.data())]).toEqual([10, 21, 32, 43, 54, 65]);
  });

  it('reads elements in place for results of any rank and equal size', async () => {
    const expected = Array.from({ length: 60 }, (_, i) => 2 * (i % 7));
    for (const shape of [[60], [1, 60], [60, 1], [4, 15], [3, 4, 5]]) {
      const x = tensor(
        Float32Array.from({ length: 60 }, (_, i) => i % 7),
        { shape, backend },
      );
      expect([...(await add(x, x).data())]).toEqual(expected);
    }
  });

  it('runs loops of more than 1,000 rounds to their end', async () => {
    const size = 5003;
    const total = Array.from({ length: size }, (_, i) => i % 7).reduce((a, b) => a + b, 0);
    expect(await sum(ramp(size)).item()).toBe(total);
    const ones = tensor(new Float32Array(size).fill(1), { shape: [size, 1], backend });
    const row = tensor(
      Float32Array.from({ length: size }, (_, i) => i % 7),
      { shape: [1, size], backend },
    );
    expect([...(await matmul(row, ones).data())]).toEqual([total]);
    // Eight columns side by side, each with its numbers from another place on.
    const columns = tensor(
      Float32Array.from({ length: 8 * size }, (_, i) => (Math.floor(i / 8) + (i % 8)) % 7),
      { shape: [size, 8], backend },
    );
    const sums = Array.from({ length: 8 }, (_, c) =>
      Array.from({ length: size }, (_, i) => (i + c) % 7).reduce((a, b) => a + b, 0),
    );
    expect([...(await sum(columns, { axes: [0] }).data())]).toEqual(sums);
    const peak = add(columns, tensor([0, 10, 20, 30, 40, 50, 60, 70], { backend }));
    expect([...(await max(peak, { axes: [0] }).data())]).toEqual([6, 16, 26, 36, 46, 56, 66, 76]);
  });

  it('saturates tanh', async () => {
    expect([...(await tanh(tensor([49, 51, 101, 1000, -51, -1000], { backend })).data())]).toEqual([
      1, 1, 1, 1, -1, -1,
    ]);
  });
});
