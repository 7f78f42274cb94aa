import type { SessionLayer } from './backend/session.ts';
import type { Backend } from './backend/types.ts';
import { tensor, zeros } from './create.ts';
import { DisposedError, ShapeError } from './errors.ts';
import { embedding } from './ops/embedding.ts';
import { activationFunction } from './ops/recurrent/activation.ts';
import { project } from './ops/recurrent/cell.ts';
import { gruCell, lstmCell, simpleRnnCell } from './ops/recurrent/index.ts';
import { reshape } from './ops/reshape.ts';
import { softmax } from './ops/softmax.ts';
import { releaseFromScope, tidy } from './scope.ts';
import { noGrad } from './tape.ts';
import { Tensor } from './tensor.ts';

type Layer = SessionLayer<Tensor>;

/** Number of state tensors of a layer. */
const stateCounts: Readonly<Record<Layer['kind'], number>> = {
  lstm: 2,
  gru: 1,
  simpleRnn: 1,
  linear: 0,
  softmax: 0,
  embedding: 0,
};

/** Takes a tensor out of any ambient scope: it lives as long as the session. */
function ownedAlone(x: Tensor): Tensor {
  releaseFromScope(x, undefined);
  return x;
}

/** A handle of the session's own on the contents of `x`. */
function held(x: Tensor): Tensor {
  return ownedAlone(new Tensor(x.storage.retain(), x.shape, x.dtype));
}

function stepLayer(layer: Layer, x: Tensor, states: readonly Tensor[]): { y: Tensor; states: readonly Tensor[] } {
  const [h, c] = states as readonly [Tensor, Tensor];
  switch (layer.kind) {
    case 'lstm': {
      const { kind: _, kernel, recurrentKernel, bias, ...options } = layer;
      const next = lstmCell(x, { h, c }, { kernel, recurrentKernel, bias }, options);
      return { y: next.h, states: [next.h, next.c] };
    }
    case 'gru': {
      const { kind: _, kernel, recurrentKernel, bias, ...options } = layer;
      const next = gruCell(x, h, { kernel, recurrentKernel, bias }, options);
      return { y: next, states: [next] };
    }
    case 'simpleRnn': {
      const { kind: _, kernel, recurrentKernel, bias, ...options } = layer;
      const next = simpleRnnCell(x, h, { kernel, recurrentKernel, bias }, options);
      return { y: next, states: [next] };
    }
    case 'linear': {
      const activate = activationFunction('session', 'activation', layer.activation);
      return { y: activate(project(x, layer.kernel, layer.bias)), states };
    }
    case 'softmax':
      return { y: softmax(x), states };
    case 'embedding':
      return { y: embedding(layer.table, x), states };
  }
}

/** A stepping program made of ordinary ops: runs where a backend has no session of its own. */
export class ComposedSession {
  readonly #backend: Backend;
  readonly #layers: readonly Layer[];
  readonly #inputShape: readonly [number, number];
  #states: readonly Tensor[];
  #disposed = false;

  /** Holds on to the tensors of `layers` until it is disposed. */
  constructor(backend: Backend, layers: readonly Layer[], sessions: number, inputSize: number) {
    this.#backend = backend;
    this.#layers = layers.map(
      (layer) =>
        Object.fromEntries(
          Object.entries(layer).map(([name, value]) => [name, value instanceof Tensor ? held(value) : value]),
        ) as Layer,
    );
    this.#inputShape = [sessions, inputSize];
    this.#states = layers.flatMap((layer) => {
      const units = 'recurrentKernel' in layer ? (layer.recurrentKernel.shape[0] as number) : 0;
      return Array.from({ length: stateCounts[layer.kind] }, () => ownedAlone(zeros([sessions, units], { backend })));
    });
  }

  /** Advances every session; returns the output `[sessions, outputSize]`, which the caller disposes. */
  advance(input: Float32Array): Tensor {
    this.#check();
    const { output, states } = noGrad(() =>
      tidy(() => {
        const tokens = this.#layers[0]?.kind === 'embedding';
        let y = tensor(tokens ? Int32Array.from(input) : input, {
          shape: tokens ? this.#inputShape.slice(0, 1) : this.#inputShape,
          backend: this.#backend,
        });
        const next: Tensor[] = [];
        for (const layer of this.#layers) {
          const count = stateCounts[layer.kind];
          const found = stepLayer(layer, y, this.#states.slice(next.length, next.length + count));
          y = found.y;
          next.push(...found.states.slice(0, count));
        }
        // The output is a handle of its own: the caller disposes it.
        return { output: next.includes(y) ? reshape(y, y.shape) : y, states: next };
      }),
    );
    for (const state of this.#states) state.dispose();
    this.#states = states.map(ownedAlone);
    return output;
  }

  /** The states, still owned by the session. */
  get states(): readonly Tensor[] {
    this.#check();
    return this.#states;
  }

  /** Replaces the states. */
  write(values: readonly Float32Array[]): void {
    this.#check();
    const sizes = this.#states.map((state) => state.size);
    if (values.length !== sizes.length || values.some((each, i) => each.length !== sizes[i])) {
      throw new ShapeError(
        'session',
        `the state holds arrays of ${values.map((each) => each.length).join(', ')} values.`,
        `Here it holds arrays of ${sizes.join(', ')}.`,
        'Pass what readState gave.',
      );
    }
    const next = this.#states.map((state, i) =>
      ownedAlone(tensor(values[i] as Float32Array, { shape: state.shape, backend: this.#backend })),
    );
    for (const state of this.#states) state.dispose();
    this.#states = next;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const state of this.#states) state.dispose();
    for (const layer of this.#layers) {
      for (const value of Object.values(layer)) if (value instanceof Tensor) value.dispose();
    }
  }

  #check(): void {
    if (!this.#disposed) return;
    throw new DisposedError('session', 'the session was disposed.', '', 'Create another one.');
  }
}
