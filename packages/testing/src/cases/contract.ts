import { argmax, BackendError, full, gather, neg, scatterAdd, type Tensor, tensor, UnsupportedError } from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

type Judge = Required<ConformanceCase>['judge'];

/** Passes when the call throws or a read of an output rejects: both are ways to tell an error. */
function refused(op: string): Judge {
  return async (run) => {
    try {
      for (const output of run()) await output.data();
    } catch (error) {
      if (error instanceof UnsupportedError) throw error;
      return;
    }
    throw new BackendError(
      op,
      'an index outside the rows gave a result.',
      'It is an error, at the call or at the next read.',
      'Compare each index with the number of rows.',
    );
  };
}

/** Passes when what is written into a read array changes neither the tensor nor the next read. */
const readTwice: Judge = async (run) => {
  const outputs = run();
  for (const read of [
    (x: Tensor) => x.data(),
    ...(outputs[0]?.backend.readSync ? [(x: Tensor) => x.dataSync()] : []),
  ]) {
    for (const output of outputs) {
      const first = await read(output);
      const values = [...first];
      first.fill(7);
      const second = [...(await read(output))];
      if (values.every((value, i) => Object.is(value, second[i]))) continue;
      throw new BackendError(
        'read',
        `a second read gives ${second.join(', ')} after the array of the first was overwritten; that held ${values.join(', ')}.`,
        'Each read resolves to a fresh copy.',
        'Copy the contents in read and readSync.',
      );
    }
  }
};

/** Cases of what the contract asks of a backend besides values: copies at its border, and errors. */
export function contractCases(): readonly ConformanceCase[] {
  const rows = (...values: number[]): CaseInput => ({ shape: [values.length], values, dtype: 'int32' });
  const scores: CaseInput = { shape: [2, 3], values: [0, 1, 9, 0, 1, 9] };
  const [table, updates] = [input([2, 3], 1), input([2, 3], 2)];
  const outside = { 'an index beyond the rows': rows(0, 2), 'a negative index': rows(0, -1) };
  const cases = (op: 'gather' | 'scatterAdd', apply: (x: Tensor, at: Tensor) => Tensor): ConformanceCase[] => [
    ...Object.entries(outside).map(([name, at]) => ({
      op,
      name,
      inputs: { x: op === 'gather' ? table : updates, at },
      run: (inputs: Readonly<Record<string, Tensor>>) => apply(inputs['x'] as Tensor, inputs['at'] as Tensor),
      differentiable: [],
      judge: refused(op),
    })),
    {
      op,
      name: 'a computed index beyond the rows',
      inputs: { x: op === 'gather' ? table : updates, scores },
      run: (inputs) => apply(inputs['x'] as Tensor, argmax(inputs['scores'] as Tensor, { axis: 1 })),
      differentiable: [],
      judge: refused(op),
    },
  ];
  return [
    {
      op: 'upload',
      name: 'the array changes afterwards',
      inputs: { x: input([1], 1) },
      run({ x }) {
        const { dtype, backend } = x as Tensor;
        const floats = dtype === 'float64' ? Float64Array.of(1, -2, 0.5) : Float32Array.of(1, -2, 0.5);
        return [floats, Int32Array.of(3, -4, 0)].map((data) => {
          const uploaded = tensor(data, { backend });
          data.fill(7);
          return uploaded;
        });
      },
      differentiable: [],
    },
    {
      op: 'read',
      name: 'the array changes afterwards',
      inputs: { x: input([3], 1), at: rows(3, -4, 0) },
      run: ({ x, at }) => [neg(x as Tensor), x as Tensor, at as Tensor],
      differentiable: [],
      judge: readTwice,
    },
    {
      op: 'full',
      name: 'int32 that float32 cannot hold',
      inputs: { x: input([1], 1) },
      run: ({ x }) =>
        [2 ** 24 + 1, 2 ** 31 - 1, 1 - 2 ** 31].map((value) =>
          full([2], value, { dtype: 'int32', backend: (x as Tensor).backend }),
        ),
      differentiable: [],
    },
    ...cases('gather', (x, at) => gather(x, at)),
    ...cases('scatterAdd', (x, at) => scatterAdd(at, x, 2)),
  ];
}
