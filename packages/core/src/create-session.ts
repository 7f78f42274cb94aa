import { openSession, type Session, type SessionOptions } from './session.ts';
import {
  activationSession,
  embeddingSession,
  gruSession,
  layerNormSession,
  linearSession,
  lstmSession,
  type SessionKinds,
  simpleRnnSession,
  softmaxSession,
} from './session-kinds.ts';
import type { SessionLayer } from './session-layer.ts';
import type { Tensor } from './tensor.ts';

const kinds: SessionKinds = {
  ...lstmSession,
  ...gruSession,
  ...simpleRnnSession,
  ...linearSession,
  ...softmaxSession,
  ...layerNormSession,
  ...activationSession,
  ...embeddingSession,
};

/**
 * Returns a stepping program for streaming: no tape, no promises where the backend can, the state kept between steps. It owns
 * what it needs of the weights, so later training does not change it.
 *
 * @param layers - what one step runs through, first an embedding (whose input is a token) or a recurrent or linear layer, before
 *   which a layerNorm or an activation may come; with one of these two it runs in ordinary ops on every backend
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
  return openSession(layers, options, kinds);
}
