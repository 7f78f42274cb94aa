import { describe, expect, it } from 'vitest';
import { countingBackend, type Work } from '../../../test/counting-backend.ts';
import type { FusedKernel } from '../../backend/fused.ts';
import type { Backend } from '../../backend/types.ts';
import { ones, tensor, zeros } from '../../create.ts';
import { grad } from '../../grad.ts';
import { GradNode } from '../../graph.ts';
import { memory } from '../../memory.ts';
import { reference } from '../../reference/index.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { stack } from '../stack.ts';
import { sum } from '../sum.ts';
import { unstack } from '../unstack.ts';
import { gru, lstm, lstmCell, simpleRnn } from './index.ts';

const [batch, features, units] = [2, 3, 2];

interface Weights {
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
}

type Run = (x: Tensor, weights: Weights, mask: Tensor) => Tensor;

/** Ways to run a recurrence, each with its number of gates. */
const ways: Readonly<Record<string, readonly [gates: number, run: Run]>> = {
  lstm: [4, (x, weights) => lstm(x, weights).y],
  'lstm with mask, reverse': [4, (x, weights, mask) => lstm(x, weights, { mask, reverse: true }).y],
  'lstm, final state only': [4, (x, weights) => lstm(x, weights).h],
  gru: [3, (x, weights) => gru(x, weights).y],
  'gru, reset before, mask': [3, (x, weights, mask) => gru(x, weights, { mask, resetAfter: false }).y],
  simpleRnn: [1, (x, weights) => simpleRnn(x, weights).y],
  'a loop of lstmCell': [
    4,
    (x, weights) => {
      let state = {
        h: zeros([batch, units], { backend: x.backend }),
        c: zeros([batch, units], { backend: x.backend }),
      };
      const outputs = unstack(x, { axis: 1 }).map((step) => {
        state = lstmCell(step, state, weights);
        return state.h;
      });
      return stack(outputs, { axis: 1 });
    },
  ],
};

const lastNode = (): number => new GradNode('probe', []).id;

/** Forward and backward over `time` steps; returns how many graph nodes that made. */
function train(backend: Backend, time: number, [gates, run]: readonly [number, Run]): number {
  const before = memory().tensors;
  const create = (...shape: number[]): Tensor =>
    tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1), { shape, backend, requiresGrad: true });
  const x = create(batch, time, features);
  const weights = { kernel: create(features, gates * units), recurrentKernel: create(units, gates * units) };
  const mask = ones([batch, time], { backend });
  const start = lastNode();
  const loss = tidy(() => sum(run(x, weights, mask)));
  const nodes = lastNode() - start;
  const found = grad(loss, [x, weights.kernel, weights.recurrentKernel]);
  for (const each of [...found, loss, x, weights.kernel, weights.recurrentKernel, mask]) each.dispose();
  expect(memory().tensors).toBe(before);
  return nodes;
}

describe('a recurrence of ordinary ops costs linear in time: kernel calls, elements written, memory, graph nodes', () => {
  it.each(Object.entries(ways))(
    '%s',
    (_, way) => {
      const workOf = (time: number): Work & { nodes: number } => {
        const { backend, work } = countingBackend();
        const nodes = train(backend, time, way);
        return { ...work, nodes };
      };
      const [short, middle, long] = [workOf(100), workOf(550), workOf(1000)];
      type Counts = typeof short;
      const growth = (a: Counts, b: Counts): Counts => ({
        calls: b.calls - a.calls,
        elements: b.elements - a.elements,
        peak: b.peak - a.peak,
        nodes: b.nodes - a.nodes,
      });
      expect(growth(middle, long)).toEqual(growth(short, middle));
      expect(long.nodes).toBeGreaterThan(1000);
      expect(long.nodes).toBeLessThan(30 * 1000);
      expect(long.calls).toBeLessThan(80 * 1000);
    },
    60_000,
  );
});

/** Bytes of the arrays in `value`. */
function bytesIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((total, each) => total + bytesIn(each), 0);
}

describe('a fused kernel of the reference backend is one node, and what it saves is linear in time', () => {
  it.each([
    ['lstm', ways['lstm']],
    ['gru', ways['gru']],
    ['simpleRnn', ways['simpleRnn']],
  ] as const)('%s', (name, way) => {
    const workOf = (time: number): { bytes: number; nodes: number } => {
      const base = reference();
      const kernel = base.fused?.[name] as unknown as FusedKernel<object, object, object>;
      let bytes = 0;
      const watched: typeof kernel = {
        ...kernel,
        forward(...call) {
          const found = kernel.forward(...call);
          bytes += bytesIn(found);
          return found;
        },
      };
      const nodes = train({ ...base, fused: { [name]: watched } }, time, way as (typeof ways)[string]);
      return { bytes, nodes };
    };
    const [short, middle, long] = [workOf(100), workOf(550), workOf(1000)];
    expect(long.nodes).toBe(short.nodes);
    expect(long.bytes - middle.bytes).toBe(middle.bytes - short.bytes);
    expect(short.bytes).toBeGreaterThan(0);
  });
});
