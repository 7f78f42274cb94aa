/** @import { Arguments } from './arguments.mjs' */

const lstm = 0;
const gru = 1;
/** Gates of an LSTM, a GRU, a simple RNN and a GRU whose reset gate comes before the product. */
const gates = [4, 3, 1, 3];

/** The handles of a run of layers, its numbers and the sizes of its states. */
function stack(a, batch, steps, features, vocabulary) {
  const byToken = a.below(2) === 1;
  const tensors = [
    byToken ? a.maybeWrong(0) : a.tensor(batch * steps * features),
    byToken ? a.tensor(batch * steps, 1) : a.maybeWrong(0),
    byToken ? a.tensor(vocabulary * features) : a.maybeWrong(0),
    a.optional(batch * steps),
  ];
  const numbers = [];
  const states = [];
  let width = features;
  for (let layer = 0, layers = 1 + a.below(3); layer < layers; layer++) {
    const [from, to] = a.pick([
      [0, 0],
      [1, 1],
      [0, 1],
    ]);
    let above = 0;
    for (let reverse = from; reverse <= to; reverse++) {
      const [cell, units] = [a.below(4), 1 + a.size(20, 90)];
      const state = batch * units;
      const columns = gates[cell] * units;
      numbers.push(layer, cell, a.below(5), a.below(5), reverse, a.below(2), units);
      tensors.push(
        a.tensor(width * columns),
        a.tensor(units * columns),
        a.optional(cell === gru ? 2 * columns : columns),
      );
      tensors.push(a.optional(state), cell === lstm ? a.optional(state) : a.maybeWrong(0));
      tensors.push(a.optional(batch * width), a.optional(state));
      states.push({ cell, state });
      above += units;
    }
    width = above;
  }
  return { tensors, numbers, states, sequence: batch * steps * width };
}

/** Calls of runs of recurrent layers. @type {((a: Arguments) => void)[]} */
export const recurrentCalls = [
  (a) => {
    const sizes = [1 + a.size(4, 40), 1 + a.size(5, 30), 1 + a.size(6, 80), 4 + a.below(20)];
    const { tensors, numbers, states, sequence } = stack(a, ...sizes);
    const result = a.engine.recurrentStack(
      a.maybeWrong(sizes),
      a.maybeWrong(numbers.map((number) => (a.below(9) === 0 ? a.maybeWrong(number) : number))),
      a.maybeWrong(tensors),
      a.maybeWrong(a.below(2)),
    );
    const saved = result.pop();
    a.keep(result, [sequence, ...states.flatMap(({ state }) => [state, state])]);
    if (saved !== 0) a.saved.push({ handle: saved, sequence, states, sure: !a.spoilt });
  },
  (a) => {
    const from = a.saved.filter(({ sure }) => sure || a.spoil);
    if (from.length === 0) return;
    const { handle, sequence, states, sure } = a.pick(from);
    a.spoilt ||= !sure;
    const given = states.flatMap(({ cell, state }) => [
      a.optional(state),
      cell === lstm ? a.optional(state) : a.maybeWrong(0),
    ]);
    const gradients = a.engine.recurrentStackBackward(
      a.maybeWrong(handle),
      a.maybeWrong([a.optional(sequence), ...given]),
      a.needs(1 + 5 * states.length),
    );
    for (const gradient of gradients) if (gradient !== 0) a.release(gradient);
  },
  (a) => {
    if (a.saved.length > 20) a.release(a.saved.splice(a.below(a.saved.length), 1)[0].handle);
  },
];
