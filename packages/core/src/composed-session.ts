import type { Backend } from './backend/types.ts';
import { tensor, zeros } from './create.ts';
import { DisposedError } from './errors.ts';
import { reshape } from './ops/reshape.ts';
import { where } from './ops/where.ts';
import { releaseFromScope, tidy } from './scope.ts';
import type { SessionKind } from './session-kinds.ts';
import type { SessionLayer } from './session-layer.ts';
import { mapTensors, tensorsOf } from './session-tensors.ts';
import { noGrad } from './tape.ts';
import { Tensor } from './tensor.ts';

type Layer = SessionLayer<Tensor>;

/** A layer and how it runs. */
export interface SessionStep {
  readonly layer: Layer;
  readonly kind: SessionKind<Layer>;
}

/** Takes a tensor out of any ambient scope: it lives as long as the session. */
function ownedAlone(x: Tensor): Tensor {
  releaseFromScope(x, undefined);
  return x;
}

/** A handle of the session's own on the contents of `x`. */
function held(x: Tensor): Tensor {
  return ownedAlone(new Tensor(x.storage.retain(), x.shape, x.dtype));
}

/** A stepping program made of ordinary ops: runs where a backend has no session of its own. */
export class ComposedSession {
  readonly #backend: Backend;
  readonly #steps: readonly SessionStep[];
  readonly #inputShape: readonly [number, number];
  #states: readonly Tensor[];
  #disposed = false;

  /** Holds on to the tensors of the layers until it is disposed. */
  constructor(backend: Backend, steps: readonly SessionStep[], sessions: number, inputSize: number) {
    this.#backend = backend;
    this.#steps = steps.map(({ layer, kind }) => ({ layer: mapTensors(layer, held), kind }));
    this.#inputShape = [sessions, inputSize];
    this.#states = steps.flatMap(({ layer, kind }) => {
      const units = 'recurrentKernel' in layer ? (layer.recurrentKernel.shape[0] as number) : 0;
      return Array.from({ length: kind.states }, () => ownedAlone(zeros([sessions, units], { backend })));
    });
  }

  /** Advances every session; returns the output `[sessions, outputSize]`, which the caller disposes. */
  advance(input: Float32Array): Tensor {
    this.#check();
    const { output, states } = noGrad(() =>
      tidy(() => {
        const tokens = this.#steps[0]?.layer.kind === 'embedding';
        let y = tensor(tokens ? Int32Array.from(input) : input, {
          shape: tokens ? this.#inputShape.slice(0, 1) : this.#inputShape,
          backend: this.#backend,
        });
        const next: Tensor[] = [];
        for (const { layer, kind } of this.#steps) {
          const found = kind.step(layer, y, this.#states.slice(next.length, next.length + kind.states));
          y = found.y;
          next.push(...found.states);
        }
        // The output is a handle of its own: the caller disposes it.
        return { output: next.includes(y) ? reshape(y, y.shape) : y, states: next };
      }),
    );
    this.#replace(states);
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
    const backend = this.#backend;
    this.#replace(this.#states.map(({ shape }, i) => tensor(values[i] as Float32Array, { shape, backend })));
  }

  /** Sets the states to zeros, of all sessions or of one; reads nothing back. */
  reset(session: number | undefined): void {
    this.#check();
    const [sessions] = this.#inputShape;
    const kept = Float32Array.from({ length: sessions }, (_, i) => (session === undefined || i === session ? 0 : 1));
    const next = noGrad(() =>
      tidy(() => {
        const rows = tensor(kept, { shape: [sessions, 1], backend: this.#backend });
        return this.#states.map((state) => where(rows, state, 0));
      }),
    );
    this.#replace(next);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const state of this.#states) state.dispose();
    for (const { layer } of this.#steps) for (const tensor of tensorsOf(layer)) tensor.dispose();
  }

  #replace(states: readonly Tensor[]): void {
    for (const state of this.#states) state.dispose();
    this.#states = states.map(ownedAlone);
  }

  #check(): void {
    if (!this.#disposed) return;
    throw new DisposedError('session', 'the session was disposed.', '', 'Create another one.');
  }
}
