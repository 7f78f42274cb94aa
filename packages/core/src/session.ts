import type { BackendSession } from './backend/session.ts';
import type { Backend, View } from './backend/types.ts';
import { ComposedSession, type SessionStep } from './composed-session.ts';
import { describeValue } from './describe-value.ts';
import { OptionError, SyncReadError, UnsupportedError } from './errors.ts';
import { checkChoice, checkInteger, checkOptions } from './options.ts';
import { checkArray, checkState, checkTokens, type Vocabulary } from './session-checks.ts';
import type { SessionKind, SessionKinds } from './session-kinds.ts';
import { isFused, type SessionLayer } from './session-layer.ts';
import { mapTensors, tensorsOf } from './session-tensors.ts';
import { commonBackend } from './tape.ts';
import type { Tensor } from './tensor.ts';
import { type WeightPrecision, weightPrecisions } from './weight-precision.ts';

/** Options of a session. */
export interface SessionOptions {
  /** How many independent sequences step together. Default 1. */
  readonly sessions?: number;
  /** Storage of the weights; arithmetic stays float32. Default `float32`. */
  readonly weightPrecision?: WeightPrecision;
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
   * @throws {@link SyncReadError} on a backend that can only read asynchronously, {@link DTypeError} for what is no Float32Array,
   *   {@link ShapeError} for a wrong length,
   *   {@link OptionError} for a token that is no integer, outside the vocabulary, or 0 where that is padding
   */
  step(input: Float32Array, output?: Float32Array): Float32Array;
  /**
   * Like `step`, on every backend; rejects with its errors. Where a backend can step synchronously it computes at once, on the calling
   * thread, and the promise is fulfilled without a turn of the event loop: a loop of many steps holds timers and requests up unless it
   * gives them a turn now and then.
   */
  stepAsync(input: Float32Array, output?: Float32Array): Promise<Float32Array>;
  /** Resolves to a copy of the state: for each recurrent layer `h` `[sessions, units]`, then for an LSTM `c`. */
  readState(): Promise<Float32Array[]>;
  /**
   * Replaces the state by arrays as `readState` gives them.
   *
   * @throws {@link ShapeError} for arrays of other lengths
   */
  writeState(state: readonly Float32Array[]): void;
  /**
   * Sets the state to zeros, of all sessions or of one, at once: it comes after the steps that were called before and before those
   * called after, whether or not any is awaited.
   *
   * @throws {@link OptionError} when there is no such session
   */
  reset(session?: number): Promise<void>;
  /** Gives the memory back. */
  dispose(): void;
}

/** Returns how a layer runs. */
function kindOf(layer: SessionLayer<Tensor>, kinds: SessionKinds): SessionKind<SessionLayer<Tensor>> {
  const kind = kinds[layer.kind];
  if (kind !== undefined) return kind as SessionKind<SessionLayer<Tensor>>;
  throw new OptionError(
    'session',
    `a layer is of kind ${layer.kind}.`,
    `Kinds here are ${Object.keys(kinds).join(', ')}.`,
    'Use one of them; a layer of your own names its kinds in sessionKinds.',
  );
}

/** How many values a step takes by the first layer that has weights: those before it keep their number. */
function inputSizeOf(layers: readonly SessionLayer<Tensor>[]): number | undefined {
  for (const layer of layers) {
    if (layer.kind === 'embedding') return 1;
    if ('kernel' in layer) return layer.kernel.shape[0];
    if (layer.kind === 'layerNorm' && (layer.gamma ?? layer.beta)) return (layer.gamma ?? layer.beta)?.shape[0];
  }
  return undefined;
}

function outputSizeOf(steps: readonly SessionStep[], inputSize: number): number {
  return steps.reduce((size, { layer, kind }, index) => {
    checkOptions('session', layer, ['kind', ...kind.fields]);
    if (layer.kind === 'embedding' && index > 0) {
      const rule = 'An embedding takes tokens, which only the input of the session can be.';
      throw new OptionError('session', `layer ${index} is an embedding.`, rule, 'Put it first.');
    }
    return kind.outputSize(layer, size);
  }, inputSize);
}

/**
 * Returns a stepping program like {@link createSession}, made of the given kinds of layers where the backend has no session of its
 * own. Networks call it with the kinds of their own layers, so that a bundle holds no others.
 *
 * @param kinds - those of `layers`
 * @throws {@link OptionError} when there is no layer, its kind is not among `kinds`, or an option is unknown
 * @throws {@link ShapeError} or {@link DTypeError} when layers do not fit
 * @throws {@link UnsupportedError} when the backend has no sessions of that weight precision
 *
 * @example
 * ```ts
 * import { linearSession, openSession, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const layer = { kind: 'linear', kernel: tensor([[2]]), activation: 'linear' } as const;
 * const session = openSession([layer], {}, linearSession);
 * console.log(session.step(Float32Array.of(3))[0]); // => 6
 * session.dispose();
 * ```
 */
export function openSession(
  layers: readonly SessionLayer<Tensor>[],
  options: SessionOptions,
  kinds: SessionKinds,
): Session {
  checkOptions('session', options, ['sessions', 'weightPrecision']);
  const { sessions = 1, weightPrecision = 'float32' } = options;
  checkInteger('session', 'sessions', sessions);
  checkChoice('session', 'weightPrecision', weightPrecision, weightPrecisions);
  if (!Array.isArray(layers) || !layers.every((layer) => typeof layer === 'object' && layer !== null)) {
    const rule = 'They are a list of { kind, … }.';
    throw new OptionError('session', `the layers are ${describeValue(layers)}.`, rule, "Write [{ kind: 'lstm', … }].");
  }
  const [first] = layers;
  const inputSize = inputSizeOf(layers);
  if (first === undefined || first.kind === 'softmax' || inputSize === undefined) {
    const unweighted = first?.kind === 'softmax' ? 'the first layer is a softmax.' : 'no layer has weights.';
    throw new OptionError(
      'session',
      first === undefined ? 'there are no layers.' : unweighted,
      'A session has a layer with weights, and no softmax before it.',
      'Pass the layers of the network in order.',
    );
  }
  const steps = layers.map((layer) => ({ layer, kind: kindOf(layer, kinds) }));
  const backend = commonBackend('session', layers.flatMap(tensorsOf));
  const outputSize = outputSizeOf(steps, inputSize);
  const views = layers.map((layer) => mapTensors(layer, (tensor): View => tensor.view('session')));
  const own = views.every(isFused)
    ? backend.createSession?.({ sessions, inputSize, outputSize, weightPrecision, layers: views })
    : undefined;
  if (own === undefined && weightPrecision !== 'float32') {
    throw new UnsupportedError(
      'session',
      `backend ${backend.name} has no ${weightPrecision} weights for these layers.`,
      'Reduced weight precision needs a fused session.',
      "Leave weightPrecision at 'float32'.",
    );
  }
  const tokens =
    first.kind === 'embedding'
      ? { size: first.table.shape[0] as number, maskZero: first.maskZero === true }
      : undefined;
  const sizes = { sessions, inputSize, outputSize, tokens };
  return own === undefined ? composed(backend, steps, sizes) : fused(own, sizes);
}

interface Sizes {
  readonly sessions: number;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Of sessions that take tokens. */
  readonly tokens: Vocabulary | undefined;
}

/** What both kinds of session share: checks. */
function session(
  sizes: Sizes,
  parts: Omit<Session, keyof Sizes | 'step' | 'stepAsync' | 'reset'> & {
    stateSizes(): readonly number[];
    reset(session: number | undefined): void;
    step(input: Float32Array, output: Float32Array): void;
    stepAsync(input: Float32Array, output: Float32Array): Promise<void>;
  },
): Session {
  const { sessions, inputSize, outputSize, tokens } = sizes;
  const outputFor = (input: Float32Array, output?: Float32Array): Float32Array => {
    checkArray('input', input, sessions * inputSize);
    if (tokens !== undefined) checkTokens(input, tokens);
    if (output !== undefined) checkArray('output', output, sessions * outputSize);
    return output ?? new Float32Array(sessions * outputSize);
  };
  return {
    sessions,
    inputSize,
    outputSize,
    readState: parts.readState,
    dispose: parts.dispose,
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
      checkState(state, parts.stateSizes());
      parts.writeState(state);
    },
    async reset(index) {
      if (index !== undefined) {
        checkInteger('session', 'session', index, 0);
        if (index >= sessions) {
          throw new OptionError('session', `session is ${index}.`, `There are ${sessions}.`, 'They count from 0.');
        }
      }
      parts.reset(index);
    },
  };
}

function fused(own: BackendSession, sizes: Sizes): Session {
  let states: readonly number[] | undefined;
  return session(sizes, {
    step: (input, output) => own.step(input, output),
    stepAsync: async (input, output) => own.step(input, output),
    readState: async () => own.readState(),
    stateSizes() {
      states ??= own.readState().map((values) => values.length);
      return states;
    },
    writeState: (state) => own.writeState(state),
    reset(index) {
      const state = own.readState();
      for (const values of state) {
        const units = values.length / sizes.sessions;
        if (index === undefined) values.fill(0);
        else values.fill(0, index * units, (index + 1) * units);
      }
      own.writeState(state);
    },
    dispose: () => own.dispose(),
  });
}

function composed(backend: Backend, steps: readonly SessionStep[], sizes: Sizes): Session {
  const program = new ComposedSession(backend, steps, sizes.sessions, sizes.inputSize);
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
      try {
        backend.readSync(result.view('session'), output);
      } finally {
        result.dispose();
      }
    },
    async stepAsync(input, output) {
      const result = program.advance(input);
      try {
        output.set(await result.data());
      } finally {
        result.dispose();
      }
    },
    readState: async () => (await Promise.all(program.states.map((state) => state.data()))) as Float32Array[],
    stateSizes: () => program.states.map((state) => state.size),
    writeState: (state) => program.write(state),
    reset: (index) => program.reset(index),
    dispose: () => program.dispose(),
  });
}
