import type { BackendSession, SessionLayer } from './backend/session.ts';
import type { Backend, View } from './backend/types.ts';
import { ComposedSession } from './composed-session.ts';
import { OptionError, ShapeError, SyncReadError, UnsupportedError } from './errors.ts';
import { checkChoice, checkInteger, checkOptions } from './options.ts';
import { commonBackend } from './tape.ts';
import { Tensor } from './tensor.ts';

/** Options of {@link createSession}. */
export interface SessionOptions {
  /** How many independent sequences step together. Default 1. */
  readonly sessions?: number;
  /** Storage of the weights; arithmetic stays float32. Default `float32`. */
  readonly weightPrecision?: 'float32' | 'bfloat16';
}

/** A stack of layers that is stepped through time with its state kept between the steps. */
export interface Session {
  readonly sessions: number;
  /** Values per session that a step takes. */
  readonly inputSize: number;
  /** Values per session that a step gives. */
  readonly outputSize: number;
  /**
   * Advances every session by one step at once: `input` `[sessions, inputSize]`; fills and returns `output`
   * `[sessions, outputSize]`.
   *
   * @throws {@link SyncReadError} on a backend that can only read asynchronously, {@link ShapeError} for a wrong length
   */
  step(input: Float32Array, output?: Float32Array): Float32Array;
  /** Like `step`, on every backend. */
  stepAsync(input: Float32Array, output?: Float32Array): Promise<Float32Array>;
  /** Resolves to a copy of the state: for each recurrent layer `h` `[sessions, units]`, then for an LSTM `c`. */
  readState(): Promise<Float32Array[]>;
  /** Replaces the state by arrays as `readState` gives them. */
  writeState(state: readonly Float32Array[]): void;
  /** Sets the state to zeros, of all sessions or of one. */
  reset(session?: number): Promise<void>;
  /** Gives the memory back. */
  dispose(): void;
}

function outputSizeOf(layers: readonly SessionLayer<Tensor>[], inputSize: number): number {
  return layers.reduce((size, layer, index) => {
    if (layer.kind === 'softmax') return size;
    const [from, to] = layer.kind === 'embedding' ? layer.table.shape : layer.kernel.shape;
    if (layer.kind === 'embedding' ? index > 0 : from !== size) {
      throw new ShapeError(
        'session',
        `layer ${index} (${layer.kind}) takes ${from} values, the layer before it gives ${size}.`,
        'Each layer takes what the one before gives; an embedding comes first.',
        'Check the weights.',
      );
    }
    return 'recurrentKernel' in layer ? (layer.recurrentKernel.shape[0] as number) : (to as number);
  }, inputSize);
}

/** A layer with every tensor replaced. */
function mapTensors<R>(layer: SessionLayer<Tensor>, map: (tensor: Tensor) => R): SessionLayer<R> {
  const entries = Object.entries(layer).map(([name, value]) => [name, value instanceof Tensor ? map(value) : value]);
  return Object.fromEntries(entries) as SessionLayer<R>;
}

function checkLength(name: string, array: Float32Array, length: number): void {
  if (array.length === length) return;
  throw new ShapeError(
    'session',
    `${name} holds ${array.length} values.`,
    `A step of all sessions takes ${length}.`,
    'Pass a Float32Array of that length.',
  );
}

/**
 * Returns a stepping program for streaming: no tape, no promises where the backend can, the state kept between steps. It owns
 * what it needs of the weights, so later training does not change it.
 *
 * @param layers - what one step runs through, first an embedding (whose input is a token) or a recurrent or linear layer
 * @throws {@link OptionError} when there is no layer or an option is unknown, {@link ShapeError} when layers do not fit
 * @throws {@link UnsupportedError} when the backend has no sessions of that weight precision
 *
 * @example
 * ```ts
 * import { createSession, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const session = createSession([
 *   { kind: 'simpleRnn', kernel: tensor([[1]]), recurrentKernel: tensor([[0.5]]), activation: 'linear' },
 * ]);
 * for (const x of [1, 0, 0]) console.log(session.step(Float32Array.of(x))[0]); // => 1
 * // => 0.5
 * // => 0.25
 * session.dispose();
 * ```
 */
export function createSession(layers: readonly SessionLayer<Tensor>[], options: SessionOptions = {}): Session {
  checkOptions('session', options, ['sessions', 'weightPrecision']);
  const { sessions = 1, weightPrecision = 'float32' } = options;
  checkInteger('session', 'sessions', sessions);
  checkChoice('session', 'weightPrecision', weightPrecision, ['float32', 'bfloat16']);
  const tensors: Tensor[] = [];
  for (const layer of layers) mapTensors(layer, (tensor) => tensors.push(tensor));
  const [first] = layers;
  if (first === undefined || first.kind === 'softmax') {
    throw new OptionError(
      'session',
      first === undefined ? 'there are no layers.' : 'the first layer is a softmax.',
      'A session starts with a layer that has weights.',
      'Pass the layers of the network in order.',
    );
  }
  const backend = commonBackend('session', tensors);
  const inputSize = first.kind === 'embedding' ? 1 : (first.kernel.shape[0] as number);
  const outputSize = outputSizeOf(layers, inputSize);
  const plan = {
    sessions,
    inputSize,
    outputSize,
    weightPrecision,
    layers: layers.map((layer) => mapTensors(layer, (tensor): View => tensor.view('session'))),
  };
  const own = backend.createSession?.(plan);
  if (own === undefined && weightPrecision !== 'float32') {
    throw new UnsupportedError(
      'session',
      `backend ${backend.name} has no ${weightPrecision} weights for these layers.`,
      'Reduced weight precision needs a fused session.',
      "Leave weightPrecision at 'float32'.",
    );
  }
  const sizes = { sessions, inputSize, outputSize };
  return own === undefined ? composed(backend, layers, sizes) : fused(own, sizes);
}

interface Sizes {
  readonly sessions: number;
  readonly inputSize: number;
  readonly outputSize: number;
}

/** What both kinds of session share: checks, `reset`. */
function session(
  sizes: Sizes,
  parts: Omit<Session, keyof Sizes | 'step' | 'stepAsync' | 'reset'> & {
    step(input: Float32Array, output: Float32Array): void;
    stepAsync(input: Float32Array, output: Float32Array): Promise<void>;
  },
): Session {
  const { sessions, inputSize, outputSize } = sizes;
  const outputFor = (input: Float32Array, output?: Float32Array): Float32Array => {
    checkLength('input', input, sessions * inputSize);
    if (output !== undefined) checkLength('output', output, sessions * outputSize);
    return output ?? new Float32Array(sessions * outputSize);
  };
  return {
    ...sizes,
    ...parts,
    step(input, output) {
      const target = outputFor(input, output);
      parts.step(input, target);
      return target;
    },
    async stepAsync(input, output) {
      const target = outputFor(input, output);
      await parts.stepAsync(input, target);
      return target;
    },
    writeState(state) {
      parts.writeState(state);
    },
    async reset(index) {
      const state = await parts.readState();
      if (index !== undefined) {
        checkInteger('session', 'session', index, 0);
        if (index >= sessions) {
          throw new OptionError('session', `session is ${index}.`, `There are ${sessions}.`, 'They count from 0.');
        }
      }
      for (const values of state) {
        const units = values.length / sessions;
        if (index === undefined) values.fill(0);
        else values.fill(0, index * units, (index + 1) * units);
      }
      parts.writeState(state);
    },
  };
}

function fused(own: BackendSession, sizes: Sizes): Session {
  return session(sizes, {
    step: (input, output) => own.step(input, output),
    stepAsync: async (input, output) => own.step(input, output),
    readState: async () => own.readState(),
    writeState: (state) => own.writeState(state),
    dispose: () => own.dispose(),
  });
}

function composed(backend: Backend, layers: readonly SessionLayer<Tensor>[], sizes: Sizes): Session {
  const program = new ComposedSession(backend, layers, sizes.sessions, sizes.inputSize);
  return session(sizes, {
    step(input, output) {
      if (backend.readSync === undefined) {
        throw new SyncReadError(
          'session',
          `backend ${backend.name} reads asynchronously.`,
          'Its results are not on the calling thread.',
          'Write: await session.stepAsync(input).',
        );
      }
      const result = program.advance(input);
      backend.readSync(result.view('session'), output);
      result.dispose();
    },
    async stepAsync(input, output) {
      const result = program.advance(input);
      output.set(await result.data());
      result.dispose();
    },
    readState: async () => (await Promise.all(program.states.map((state) => state.data()))) as Float32Array[],
    writeState: (state) => program.write(state),
    dispose: () => program.dispose(),
  });
}
