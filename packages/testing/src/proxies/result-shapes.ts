import {
  type BinaryKind,
  broadcastShapes,
  type DType,
  type FusedKernels,
  type Kernels,
  type RecurrentStackAttributes,
  type Shape,
  type View,
} from '@lstm/core';

/** Shape and dtype of a result that does not exist yet. */
export interface ResultType {
  readonly shape: Shape;
  readonly dtype: DType;
}

type Results = { readonly [Name in keyof Kernels]-?: (...values: Parameters<Required<Kernels>[Name]>) => ResultType };

const same = ({ shape, dtype }: View): ResultType => ({ shape, dtype });

function binaryType(kind: BinaryKind, a: View, b: View): ResultType {
  const compares = kind === 'less' || kind === 'equal';
  const dtype = compares && a.dtype === 'int32' ? 'float32' : a.dtype;
  return { shape: broadcastShapes(kind, a.shape, b.shape), dtype };
}

/** What each kernel gives, from its arguments alone. */
export const kernelResults: Results = {
  fill: (shape, _, dtype) => ({ shape, dtype }),
  cast: ({ shape }, dtype) => ({ shape, dtype }),
  unary: (_, x) => same(x),
  binary: binaryType,
  select: (condition, a, b) => ({
    shape: broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape),
    dtype: a.dtype,
  }),
  reduce: (kind, x, axes) => ({
    shape: x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
    dtype: kind === 'argmax' ? 'int32' : x.dtype,
  }),
  matmul(a, b, { transposeA, transposeB }) {
    const rows = a.shape.at(transposeA ? -1 : -2) as number;
    const columns = b.shape.at(transposeB ? -2 : -1) as number;
    return { shape: [...a.shape.slice(0, -2), rows, columns], dtype: a.dtype };
  },
  transpose: (x, permutation) => ({ shape: permutation.map((axis) => x.shape[axis] as number), dtype: x.dtype }),
  slice: (x, _, size) => ({ shape: size, dtype: x.dtype }),
  concat(xs, axis) {
    const { shape, dtype } = xs[0] as View;
    const length = xs.reduce((total, x) => total + (x.shape[axis] as number), 0);
    return { shape: shape.with(axis, length), dtype };
  },
  gather: (table, indices) => ({ shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype }),
  scatterAdd: (indices, updates, rows) => ({
    shape: [rows, ...updates.shape.slice(indices.shape.length)],
    dtype: updates.dtype,
  }),
  activationGradient: (_, dy) => same(dy),
  cumulativeSum: same,
  flip: same,
  roundToBfloat16: same,
  bernoulli: (shape) => ({ shape, dtype: 'float32' }),
};

type Inputs = Readonly<Record<string, View | undefined>>;
type FusedResult = (inputs: Inputs, attributes: unknown) => Readonly<Record<string, ResultType>>;

const recurrent =
  (withCell: boolean): FusedResult =>
  ({ x, recurrentKernel }) => {
    const { shape, dtype } = x as View;
    const [batch, time] = shape as readonly [number, number];
    const units = recurrentKernel?.shape[0] as number;
    const state = { shape: [batch, units], dtype };
    return { y: { shape: [batch, time, units], dtype }, h: state, ...(withCell && { c: state }) };
  };

const stack: FusedResult = (inputs, attributes) => {
  const { x, tokens, table } = inputs;
  const { dtype } = (x ?? table) as View;
  const { shape } = (x ?? tokens) as View;
  const [batch, time] = shape as readonly [number, number];
  const { layers } = attributes as RecurrentStackAttributes;
  const states: Record<string, ResultType> = {};
  let width = 0;
  layers.forEach(({ cell, directions }, layer) => {
    width = 0;
    for (const direction of directions) {
      const units = inputs[`${layer}.${direction}.recurrentKernel`]?.shape[0] as number;
      width += units;
      for (const name of cell === 'lstm' ? ['h', 'c'] : ['h']) {
        states[`${layer}.${direction}.${name}`] = { shape: [batch, units], dtype };
      }
    }
  });
  return { y: { shape: [batch, time, width], dtype }, ...states };
};

/** What each fused kernel of core gives: the compiler asks for every one. Those of other packages are not known here. */
export const fusedResults: { readonly [Name in keyof FusedKernels]-?: FusedResult } = {
  lstm: recurrent(true),
  gru: recurrent(false),
  simpleRnn: recurrent(false),
  recurrentStack: stack,
  linear({ x, kernel }) {
    const { shape, dtype } = x as View;
    return { y: { shape: [shape[0] as number, kernel?.shape[1] as number], dtype } };
  },
  softmaxCrossEntropy({ logits }) {
    const { shape, dtype } = logits as View;
    return { y: { shape: shape.slice(0, 1), dtype } };
  },
  layerNorm: ({ x }) => ({ y: same(x as View) }),
};
