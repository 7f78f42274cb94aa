import { defineBackend } from '../backend/define.ts';
import type { Backend, Kernels } from '../backend/types.ts';
import { type DType, dtypeOf } from '../dtype.ts';
import { dataOf, type HostBuffer, newView, viewOf } from './buffer.ts';
import { activationGradient, binary, roundToBfloat16, select, unary } from './elementwise.ts';
import { concat, cumulativeSum, flip, slice, transpose } from './layout.ts';
import { matmul } from './matmul.ts';
import { gruKernel } from './recurrent/gru.ts';
import { lstmKernel } from './recurrent/lstm.ts';
import { simpleRnnKernel } from './recurrent/simple-rnn.ts';
import { reduce } from './reduce.ts';
import { gather, scatterAdd } from './rows.ts';

/** NaN and what int32 can't hold become its lowest value, which no table has a row for. */
function truncated(x: number): number {
  const whole = Math.trunc(x);
  return (whole | 0) === whole ? whole : -(2 ** 31);
}

const kernels: Kernels<HostBuffer> = {
  fill(shape, value, dtype) {
    const result = newView(shape, dtype);
    dataOf(result).fill(value);
    return result;
  },
  cast(x, dtype) {
    const result = newView(x.shape, dtype);
    const [from, to] = [dataOf(x), dataOf(result)];
    if (dtype !== 'int32' || x.dtype === 'int32') to.set(from);
    else for (let i = 0; i < to.length; i++) to[i] = truncated(from[i] as number);
    return result;
  },
  unary,
  binary,
  select,
  reduce,
  matmul,
  transpose,
  slice,
  concat,
  gather,
  scatterAdd,
  activationGradient,
  cumulativeSum,
  flip,
  roundToBfloat16,
};

/**
 * Returns the reference backend: plain loops in TypeScript, at once, on the calling thread. The living definition of every
 * kernel, and the one backend with float64.
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(tensor([1, 2, 3], { dtype: 'float64' }).dtype); // => float64
 * ```
 */
export function reference(): Backend {
  return defineBackend<HostBuffer>({
    apiVersion: 1,
    name: 'reference',
    dtypes: new Set<DType>(['float32', 'int32', 'float64']),
    precision: 'float32',
    computesOnCaller: true,
    kernels,
    fused: { lstm: lstmKernel, gru: gruKernel, simpleRnn: simpleRnnKernel },
    upload: (data, shape) => viewOf(data.slice(), shape, dtypeOf(data)),
    read: async (view) => dataOf(view).slice(),
    readSync(view, into) {
      if (into === undefined) return dataOf(view).slice();
      into.set(dataOf(view));
      return into;
    },
    free(handle) {
      handle.data = undefined;
    },
    dispose() {},
  });
}
