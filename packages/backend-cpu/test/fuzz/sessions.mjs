/** @import { Arguments } from './arguments.mjs' */

// As native/runtime/session.h numbers them: LSTM, the GRUs and the simple RNN come first.
const [gru, linear, softmax, embedding] = [1, 4, 5, 6];
const gates = [4, 3, 1, 3, 1];

/** A random plan in the order that the engine takes it: kinds, four numbers and three tensors for each layer. */
function plan(a) {
  const [kinds, numbers, tensors] = [[], [], []];
  let width = 1 + a.below(8);
  const layers = 1 + a.below(3);
  let inputs = width;
  for (let i = 0; i < layers; i++) {
    const kind = a.pick([0, 1, 2, 3, linear, i === 0 ? embedding : softmax]);
    kinds.push(kind);
    if (kind === softmax) {
      numbers.push(0, 0, 0, 0);
      tensors.push(0, 0, 0);
      continue;
    }
    const units = 1 + a.size(20, 100);
    numbers.push(width, units, kind === embedding ? 0 : a.below(5), kind < linear ? a.below(5) : 0);
    if (kind === embedding) {
      tensors.push(a.tensor(width * units), 0, 0);
      inputs = 1;
    } else {
      const columns = gates[kind] * units;
      tensors.push(a.tensor(width * columns), kind < linear ? a.tensor(units * columns) : 0);
      tensors.push(a.optional(kind === gru ? 2 * columns : columns));
    }
    width = units;
  }
  return { kinds, numbers, tensors, inputs, outputs: width };
}

/** Calls that make, step and end sessions. @type {((a: Arguments) => void)[]} */
export const sessionCalls = [
  (a) => {
    const streams = 1 + a.size(3, 40);
    const { kinds, numbers, tensors, inputs, outputs } = plan(a);
    const session = a.engine.createSession(
      a.maybeWrong(streams),
      a.maybeWrong(a.below(2)),
      a.maybeWrong(kinds.map((kind) => a.maybeWrong(kind))),
      a.maybeWrong(numbers.map((number) => a.maybeWrong(number))),
      a.maybeWrong(tensors),
    );
    a.sessions.push({ session, inputs: streams * inputs, outputs: streams * outputs, sure: !a.spoilt });
    if (a.sessions.length > 10) a.sessions.shift()?.session.dispose();
  },
  (a) => {
    if (a.sessions.length === 0) return;
    const { session, inputs, outputs, sure } = a.pick(a.sessions);
    a.spoilt ||= !sure;
    // 0 is a token of every embedding.
    const input = a.spoil ? Float32Array.from({ length: inputs }, () => 9 * a.random() - 2) : new Float32Array(inputs);
    a.spoilt ||= a.spoil;
    session.step(a.maybeWrong(input), a.maybeWrong(new Float32Array(outputs)));
  },
  (a) => {
    if (a.sessions.length === 0) return;
    const { session, sure } = a.pick(a.sessions);
    a.spoilt ||= !sure;
    const state = session.readState();
    session.writeState(a.maybeWrong(state.map((array) => a.maybeWrong(array))));
  },
  (a) => {
    if (a.sessions.length < 5) return;
    const [{ session }] = a.sessions.splice(a.below(a.sessions.length), 1);
    if (!a.spoil) {
      session.dispose();
      return;
    }
    a.spoilt = true;
    // An array that ends the session while it is looked at.
    const state = session.readState();
    Object.defineProperty(state, 0, { get: () => session.dispose() ?? new Float32Array(3) });
    session.writeState(state);
    session.step(new Float32Array(1), new Float32Array(1));
  },
];
