import { lstm, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { drawArrays } from '../arrays.ts';
import type { Workload } from '../workloads.ts';
import { onnxModel } from './onnx-model.ts';

test('ONNX Runtime and our reference compute the same from the same weights', async () => {
  const workload: Workload = {
    name: 'small',
    batch: 1,
    time: 5,
    features: 3,
    layers: [
      { kind: 'lstm', units: 4, sequences: true },
      { kind: 'lstm', units: 2, sequences: false },
    ],
    streaming: false,
  };
  const arrays = drawArrays(workload);
  const session = await InferenceSession.create(onnxModel(workload, arrays));
  const x = arrays['x'];
  const outputs = await session.run({ x: new Tensor('float32', x?.data as Float32Array, [5, 1, 3]) });

  await useBackend(reference());
  const weights = (index: number) => ({
    kernel: tensor(arrays[`${index}.kernel`] ?? []),
    recurrentKernel: tensor(arrays[`${index}.recurrentKernel`] ?? []),
    bias: tensor(arrays[`${index}.bias`] ?? []),
  });
  const { y } = lstm(tensor(x ?? []), weights(0));
  const { h, c } = lstm(y, weights(1));
  const differences = async (name: string, own: typeof h): Promise<number[]> => {
    const values = await own.data();
    const found = outputs[name]?.data ?? [];
    return Array.from(values, (value, i) => Math.abs(value - Number(found[i])));
  };
  const all = [...(await differences('h1', h)), ...(await differences('c1', c))];
  expect(all).toHaveLength(4);
  expect(Math.max(...all)).toBeLessThan(1e-6);
});
