// Rows and positions from 2²³ on, where float32 has no halves.
import { gather, scatterAdd, tensor } from '@lstm/core';
import { expect, it } from 'vitest';
import { type GpuMode, gpu } from '../src/index.ts';

it.each<GpuMode>(['webgl2', 'webgpu'])('finds rows and positions from 2^23 on, %s', async (mode) => {
  const backend = await gpu({ mode });
  const from = 2 ** 23;
  const rows = from + 16;
  const table = tensor(
    Float32Array.from({ length: rows }, (_, i) => i - from),
    { backend },
  );
  const indices = tensor([from - 1, from, from + 1, from + 2, from + 3, from + 5], { dtype: 'int32', backend });
  expect([...(await gather(table, indices).data())]).toEqual([-1, 0, 1, 2, 3, 5]);
  // Row 1 is made of two positions beyond 2^23.
  const target = new Int32Array(rows).fill(2);
  for (const position of [from + 1, from + 13]) target[position] = 1;
  target[0] = 0;
  const sums = await scatterAdd(tensor(target, { dtype: 'int32', backend }), table, 4).data();
  expect([sums[0], sums[1], sums[3]]).toEqual([-from, 14, 0]);
  backend.dispose();
});
