import type { FusedActivation } from './backend/fused.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { embedding } from './ops/embedding.ts';
import { layerNorm } from './ops/layer-norm.ts';
import { linear } from './ops/linear.ts';
import { gruBiasShape } from './ops/recurrent/gru-bias-shape.ts';
import { gruCell } from './ops/recurrent/gru-cell.ts';
import { checkWeights, type InputLike } from './ops/recurrent/inputs.ts';
import { lstmCell } from './ops/recurrent/lstm-cell.ts';
import { simpleRnnCell } from './ops/recurrent/simple-rnn-cell.ts';
import { softmax } from './ops/softmax.ts';
import { checkChoice } from './options.ts';
import type { SessionLayer } from './session-layer.ts';
import { formatShape, sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** A layer of a session by its kind. */
export type SessionLayerOf<Kind> = Extract<SessionLayer<Tensor>, { readonly kind: Kind }>;

/** How a session checks and runs layers of one kind. */
export interface SessionKind<Layer> {
  /** Number of state tensors. */
  readonly states: number;
  /** What a layer is made of besides its kind. */
  readonly fields: readonly string[];
  /** Returns how many values a layer gives for `size` values. Throws when its weights do not fit. */
  outputSize(layer: Layer, size: number): number;
  /** One step in ordinary ops. */
  step(layer: Layer, x: Tensor, states: readonly Tensor[]): { readonly y: Tensor; readonly states: readonly Tensor[] };
}

/** The kinds of layers that a session may hold; those that it has none of may be left out, so that a bundle is without them. */
export type SessionKinds = { readonly [Kind in SessionLayer<Tensor>['kind']]?: SessionKind<SessionLayerOf<Kind>> };

function likeInput(size: number): InputLike {
  return { shape: [1, size], dtype: 'float32' };
}

function checkActivation(option: string, value: FusedActivation): void {
  checkChoice('session', option, value, ['linear', 'tanh', 'sigmoid', 'hardSigmoid', 'relu']);
}

/** Returns the columns of a matrix whose rows take `size` values. */
function checkMatrix(name: string, { shape, rank, dtype }: Tensor, size?: number): number {
  if (rank !== 2 || (size !== undefined && shape[0] !== size)) {
    const rule =
      size === undefined ? 'It is a matrix.' : `The layer before gives ${size} values: it is [${size}, units].`;
    throw new ShapeError('session', `${name} is ${formatShape(shape)}.`, rule, 'Check the weights.');
  }
  if (dtype !== 'float32') {
    throw new DTypeError('session', `${name} is ${dtype}.`, 'A session takes float32.', `Write cast(x, 'float32').`);
  }
  return shape[1] as number;
}

/** Sessions of {@link lstmCell}. */
export const lstmSession: Required<Pick<SessionKinds, 'lstm'>> = {
  lstm: {
    states: 2,
    fields: ['kernel', 'recurrentKernel', 'bias', 'activation', 'recurrentActivation'],
    outputSize(layer, size) {
      checkActivation('activation', layer.activation);
      checkActivation('recurrentActivation', layer.recurrentActivation);
      checkMatrix('kernel', layer.kernel, size);
      return checkWeights('session', layer, 4, likeInput(size));
    },
    step({ kind: _, kernel, recurrentKernel, bias, ...options }, x, [h, c]) {
      const state = { h: h as Tensor, c: c as Tensor };
      const next = lstmCell(x, state, { kernel, recurrentKernel, bias }, options);
      return { y: next.h, states: [next.h, next.c] };
    },
  },
};

/** Sessions of {@link gruCell}. */
export const gruSession: Required<Pick<SessionKinds, 'gru'>> = {
  gru: {
    states: 1,
    fields: ['kernel', 'recurrentKernel', 'bias', 'activation', 'recurrentActivation', 'resetAfter'],
    outputSize(layer, size) {
      checkActivation('activation', layer.activation);
      checkActivation('recurrentActivation', layer.recurrentActivation);
      checkMatrix('kernel', layer.kernel, size);
      return checkWeights('session', layer, 3, likeInput(size), (units) => gruBiasShape(units, layer.resetAfter));
    },
    step({ kind: _, kernel, recurrentKernel, bias, ...options }, x, [h]) {
      const next = gruCell(x, h as Tensor, { kernel, recurrentKernel, bias }, options);
      return { y: next, states: [next] };
    },
  },
};

/** Sessions of {@link simpleRnnCell}. */
export const simpleRnnSession: Required<Pick<SessionKinds, 'simpleRnn'>> = {
  simpleRnn: {
    states: 1,
    fields: ['kernel', 'recurrentKernel', 'bias', 'activation'],
    outputSize(layer, size) {
      checkActivation('activation', layer.activation);
      checkMatrix('kernel', layer.kernel, size);
      return checkWeights('session', layer, 1, likeInput(size));
    },
    step({ kind: _, kernel, recurrentKernel, bias, ...options }, x, [h]) {
      const next = simpleRnnCell(x, h as Tensor, { kernel, recurrentKernel, bias }, options);
      return { y: next, states: [next] };
    },
  },
};

/** Sessions of an affine map with an activation. */
export const linearSession: Required<Pick<SessionKinds, 'linear'>> = {
  linear: {
    states: 0,
    fields: ['kernel', 'bias', 'activation'],
    outputSize({ kernel, bias, activation }, size) {
      checkActivation('activation', activation);
      const units = checkMatrix('kernel', kernel, size);
      if (bias !== undefined && !sameShape(bias.shape, [units])) {
        const rule = `The kernel gives ${units} values: it is [${units}].`;
        throw new ShapeError('session', `bias is ${formatShape(bias.shape)}.`, rule, 'Check the weights.');
      }
      return units;
    },
    step: ({ kernel, bias, activation }, x) => ({ y: linear(x, kernel, bias, { activation }), states: [] }),
  },
};

/** Sessions of a softmax over the values. */
export const softmaxSession: Required<Pick<SessionKinds, 'softmax'>> = {
  softmax: {
    states: 0,
    fields: [],
    outputSize: (_, size) => size,
    step: (_, x) => ({ y: softmax(x), states: [] }),
  },
};

/** Sessions of {@link layerNorm}. */
export const layerNormSession: Required<Pick<SessionKinds, 'layerNorm'>> = {
  layerNorm: {
    states: 0,
    fields: ['gamma', 'beta', 'epsilon'],
    outputSize({ gamma, beta }, size) {
      for (const [name, value] of Object.entries({ gamma, beta })) {
        if (value === undefined || sameShape(value.shape, [size])) continue;
        const rule = `The layer before gives ${size} values: it is [${size}].`;
        throw new ShapeError('session', `${name} is ${formatShape(value.shape)}.`, rule, 'Check the weights.');
      }
      return size;
    },
    step: ({ kind: _, ...options }, x) => ({ y: layerNorm(x, options), states: [] }),
  },
};

/** Sessions of an activation of its own. */
export const activationSession: Required<Pick<SessionKinds, 'activation'>> = {
  activation: {
    states: 0,
    fields: ['apply'],
    outputSize: (_, size) => size,
    step: ({ apply }, x) => ({ y: apply(x), states: [] }),
  },
};

/** Sessions of an embedding, which comes first. */
export const embeddingSession: Required<Pick<SessionKinds, 'embedding'>> = {
  embedding: {
    states: 0,
    fields: ['table', 'maskZero'],
    outputSize: ({ table }) => checkMatrix('table', table),
    step: ({ table }, x) => ({ y: embedding(table, x), states: [] }),
  },
};
