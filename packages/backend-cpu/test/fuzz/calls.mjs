import { recurrentCalls } from './recurrent.mjs';
import { sessionCalls } from './sessions.mjs';

/** @import { Arguments } from './arguments.mjs' */

/** Rule, learning rate, momentum … as the engine takes them, and the number of slots of each parameter. */
function optimizerRule(a) {
  const rule = a.below(3);
  const momentum = rule === 1 ? 0 : a.pick([0, 0.9]);
  const centered = rule === 2 ? a.below(2) : 0;
  const slots = rule === 1 ? 2 : Number(momentum > 0) + (rule === 2 ? 1 + centered : 0);
  const numbers = [rule, 0.01, momentum, rule === 0 ? a.below(2) : 0, 0.9, 0.999, 1e-7, a.pick([0, 0.1]), a.below(2)];
  return { slots, numbers: [...numbers, 0.9, centered, 1 + a.below(9), a.below(2), a.below(2)] };
}

/** The required kernels, the fused ones without a recurrence, and what belongs to no tensor. @type {((a: Arguments) => void)[]} */
const plainCalls = [
  (a) => {
    const [n, type] = [a.size(40, 100000), a.below(2)];
    a.keep(a.command('fill', a.maybeWrong(n), a.maybeWrong(a.random()), a.maybeWrong(type)), [n], type);
  },
  (a) => {
    const [n, type] = [a.size(50, 100000), a.below(2)];
    a.keep(a.command('unary', a.maybeWrong(a.below(type === 0 ? 14 : 3)), a.tensor(n, type)), [n], type);
  },
  (a) => {
    const [n, type] = [a.below(50), a.below(2)];
    a.keep(a.command('cast', a.tensor(n, a.below(2)), a.maybeWrong(type)), [n], type);
  },
  (a) => {
    const [m, n, type] = [1 + a.below(9), 1 + a.size(40, 10000), a.below(2)];
    const kind = a.pick(type === 0 ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [0, 1, 2, 5, 6, 7, 8]);
    const [left, right] = [a.tensor(m * n, type), a.tensor(n, type)];
    const lists = [
      [m, n],
      [n, 1],
      [0, 1],
    ].flatMap((list) => a.maybeWrongList(list));
    a.keep(
      a.command('binary', a.maybeWrong(kind), left, right, a.maybeWrong(2), ...lists),
      [m * n],
      kind < 7 ? type : 0,
    );
  },
  (a) => {
    const [n, type] = [1 + a.size(40, 10000), a.below(2)];
    const kind = a.pick(type === 0 ? [0, 3, 4, 8, 9, 10] : [0, 1, 2, 5, 6, 7, 8]);
    const [left, right] = [a.tensor(n, type), a.tensor(a.pick([1, n]), type)];
    a.keep(a.command('binary', a.maybeWrong(kind), left, right), [n], kind < 7 || kind > 8 ? type : 0);
  },
  (a) => {
    const [m, n, type] = [1 + a.below(9), 1 + a.size(9, 10000), a.below(2)];
    const [condition, yes, no] = [a.tensor(m, a.below(2)), a.tensor(m * n, type), a.tensor(n, type)];
    const lists = [
      [m, n],
      [1, 0],
      [n, 1],
      [0, 1],
    ].flatMap((list) => a.maybeWrongList(list));
    a.keep(a.command('select', condition, yes, no, a.maybeWrong(2), ...lists), [m * n], type);
  },
  (a) => {
    const [kind, outer, length, inner, type] = [a.below(3), a.size(5, 300), 1 + a.below(9), a.size(9, 300), a.below(2)];
    const x = a.tensor(outer * length * inner, type);
    const result = a.command(
      'reduce',
      a.maybeWrong(kind),
      x,
      a.maybeWrong(outer),
      a.maybeWrong(length),
      a.maybeWrong(inner),
    );
    a.keep(result, [outer * inner], kind === 2 ? 1 : type);
  },
  (a) => {
    const [batch, m, n, k] = [a.below(3), a.size(20, 300), a.size(40, 300), a.size(20, 300)];
    const sizes = [batch, m, n, k, a.below(2), a.below(2)].map((size) => a.maybeWrong(size));
    a.keep(a.command('matmul', a.tensor(batch * m * k), a.tensor(batch * k * n), ...sizes), [batch * m * n]);
  },
  (a) => {
    const [m, n, type] = [1 + a.size(9, 300), 1 + a.size(9, 300), a.below(2)];
    const [first, rows, columns] = a.pick([
      [0, 1, n],
      [n - 1, -1, n],
      [0, 0, 1],
    ]);
    const dims = first === 0 && rows === 0 ? [n, m * n] : [n, m];
    const x = a.tensor(m * n, type);
    const lists = [dims, [rows, columns]].flatMap((list) => a.maybeWrongList(list));
    const result = a.command('stridedCopy', x, a.maybeWrong(first), a.maybeWrong(2), ...lists);
    a.keep(result, [dims[0] * dims[1]], type);
  },
  (a) => {
    const [m, left, right, type] = [a.below(5), a.below(9), a.below(9), a.below(2)];
    const tensors = a.maybeWrong([a.tensor(m * left, type), a.tensor(m * right, type)]);
    a.keep(a.engine.concat(tensors, a.maybeWrong(m), a.maybeWrong([left, right])), [m * (left + right)], type);
  },
  (a) => {
    const [n, width, type] = [a.size(9, 500), a.size(9, 300), a.below(2)];
    const table = a.tensor(4 * width, type);
    a.keep(a.command('gather', table, a.tensor(n, 1), a.maybeWrong(4), a.maybeWrong(width)), [n * width], type);
  },
  (a) => {
    const [n, width, type] = [a.size(9, 500), a.size(9, 300), a.below(2)];
    const indices = a.tensor(n, 1);
    const result = a.command('scatterAdd', indices, a.tensor(n * width, type), a.maybeWrong(4), a.maybeWrong(width));
    a.keep(result, [4 * width], type);
  },
  (a) => {
    const sizes = [a.below(5), a.below(9), a.below(9)];
    const count = sizes.reduce((x, y) => x * y);
    a.keep(a.command('roundToBfloat16', a.tensor(count)), [count]);
    a.keep(
      a.command('bernoulli', ...[count, 2 ** 31, 5, 7, a.below(9), a.below(3)].map((word) => a.maybeWrong(word))),
      [count],
    );
    a.keep(a.command('cumulativeSum', a.tensor(count), ...sizes.map((size) => a.maybeWrong(size))), [count]);
  },
  (a) => {
    const [rows, inputs, units] = [a.size(9, 300), a.size(9, 300), a.size(40, 300)];
    const sizes = [rows, inputs, units, a.below(5)].map((size) => a.maybeWrong(size));
    a.keep(a.engine.linear(a.tensor(rows * inputs), a.tensor(inputs * units), a.optional(units), ...sizes), [
      rows * units,
    ]);
  },
  (a) => {
    const [rows, inputs, units] = [a.size(9, 300), a.size(9, 300), a.size(40, 300)];
    const sizes = [rows, inputs, units, a.below(5)].map((size) => a.maybeWrong(size));
    const [x, kernel, y, dy] = [rows * inputs, inputs * units, rows * units, rows * units].map((n) => a.tensor(n));
    a.keep(a.engine.linearBackward(x, kernel, y, dy, ...sizes, a.needs(3)), [rows * inputs, inputs * units, units]);
  },
  (a) => {
    const [rows, classes] = [a.size(9, 300), 1 + a.size(40, 300)];
    const [logits, labels] = [a.tensor(rows * classes), a.tensor(rows, 1)];
    const result = a.engine.softmaxCrossEntropy(logits, labels, a.maybeWrong(rows), a.maybeWrong(classes));
    a.keep(result, [rows, 2 * rows]);
  },
  (a) => {
    const [rows, classes] = [a.size(9, 300), 4 + a.size(40, 300)];
    const [logits, labels, sums, losses] = [
      a.tensor(rows * classes),
      a.tensor(rows, 1),
      a.tensor(2 * rows),
      a.tensor(rows),
    ];
    const sizes = [a.maybeWrong(rows), a.maybeWrong(classes)];
    a.keep(a.engine.softmaxCrossEntropyBackward(logits, labels, sums, losses, ...sizes), [rows * classes]);
  },
  (a) => {
    const [rows, features] = [a.size(9, 300), 1 + a.size(40, 300)];
    const sizes = [rows, features, 1e-3].map((size) => a.maybeWrong(size));
    const result = a.engine.layerNorm(a.tensor(rows * features), a.optional(features), a.optional(features), ...sizes);
    a.keep(result, [rows * features, 2 * rows]);
  },
  (a) => {
    const [rows, features] = [a.size(9, 300), 1 + a.size(40, 300)];
    const sizes = [rows, features].map((size) => a.maybeWrong(size));
    const [x, gamma, sums, dy] = [
      a.tensor(rows * features),
      a.optional(features),
      a.tensor(2 * rows),
      a.tensor(rows * features),
    ];
    a.keep(a.engine.layerNormBackward(x, gamma, sums, dy, ...sizes, a.needs(3)), [rows * features, features, features]);
  },
  (a) => {
    const parameters = Array.from({ length: a.below(4) }, () => 1 + a.size(60, 150000));
    const { slots, numbers } = optimizerRule(a);
    const tensors = () => parameters.map((count) => a.tensor(count));
    const state = parameters.flatMap((count) => Array.from({ length: slots }, () => a.tensor(count)));
    const norm = a.engine.optimizerStep(
      a.maybeWrong(numbers.map((number) => a.maybeWrong(number))),
      a.maybeWrong(tensors()),
      a.maybeWrong(tensors()),
      a.maybeWrong(state),
      a.maybeWrong(slots),
      a.optional(1),
    );
    a.keep(norm, [1]);
  },
  (a) => {
    const tensor = a.any();
    if (tensor === undefined) return;
    const into = a.random() < 0.5 ? undefined : new (tensor.type === 0 ? Float32Array : Int32Array)(tensor.count);
    a.engine.readSync(a.maybeWrong(tensor.handle), a.maybeWrong(into));
  },
  (a) => {
    a.engine.pending();
    a.engine.describe();
  },
  (a) => {
    if (a.spoil) a.spoilCommands();
  },
  (a) => {
    if (!a.spoil) {
      a.free();
      return;
    }
    a.spoilt = true;
    a.release(a.freedHandle());
  },
  (a) => {
    const data =
      a.random() < 0.5 ? new Float32Array(a.below(9)) : new Int32Array(new ArrayBuffer(64), 4 * a.below(4), 9);
    a.keep(a.engine.upload(a.maybeWrong(data)), [data.length], Number(data instanceof Int32Array));
  },
  (a) => {
    if (a.random() >= 0.002) return;
    a.dispose();
    a.dispose();
  },
];

/** Every call is as likely as every other. */
export const calls = [...plainCalls, ...recurrentCalls, ...sessionCalls];
