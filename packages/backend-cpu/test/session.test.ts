import { type BackendSession, createSession, square, tensor, type View } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { bfloat16, expectClose, floats, nativeBackend, numbers, recurrentAttributes } from './native.ts';

const random = numbers(11);
const values = (n: number): Float32Array => Float32Array.from({ length: n }, () => random() - 0.5);

describe('sessions', () => {
  const kinds = ['lstm', 'gru', 'simpleRnn'] as const;
  const rows = kinds.flatMap((kind) =>
    (['float32', 'bfloat16'] as const).flatMap((precision) =>
      [18, 150].map((units) => [kind, precision, units] as const),
    ),
  );
  // Threads share the steps of 150 units where it pays.
  it.each(rows)(
    '%s step by step is the whole sequence at once, weights in %s, %i units',
    async (kind, weightPrecision, units) => {
      const weightsOf = (n: number): Float32Array => (weightPrecision === 'float32' ? values(n) : bfloat16(values(n)));
      const backend = nativeBackend({ threads: 2 });
      const [sessions, steps, inputSize] = [3, 7, 5];
      const gates = { lstm: 4, gru: 3, simpleRnn: 1 }[kind];
      const weights = {
        kernel: backend.upload(weightsOf(inputSize * gates * units), [inputSize, gates * units]),
        recurrentKernel: backend.upload(weightsOf(units * gates * units), [units, gates * units]),
        bias: backend.upload(
          weightsOf((kind === 'gru' ? 6 : gates) * units),
          kind === 'gru' ? [2, 3 * units] : [gates * units],
        ),
      };
      const head = {
        kernel: backend.upload(weightsOf(units * 4), [units, 4]),
        bias: backend.upload(weightsOf(4), [4]),
      };
      const x = values(sessions * steps * inputSize);
      const view = backend.upload(x, [sessions, steps, inputSize]);
      const result = backend.fused?.[kind]?.forward({ x: view, ...weights }, recurrentAttributes, false);
      const flat = { ...(result?.outputs.y as View), shape: [sessions * steps, units] };
      const scores = backend.fused?.linear?.forward({ x: flat, ...head }, { activation: 'linear' }, false).outputs
        .y as View;
      const expected = await backend.read(scores);
      const session = backend.createSession?.({
        sessions,
        inputSize,
        outputSize: 4,
        weightPrecision,
        layers: [
          { kind, ...weights, activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: true },
          { kind: 'linear', ...head, activation: 'linear' },
          { kind: 'softmax' },
        ],
      }) as BackendSession;
      const output = new Float32Array(sessions * 4);
      const start = session.readState();
      for (let round = 0; round < 2; round++) {
        for (let t = 0; t < steps; t++) {
          const input = new Float32Array(sessions * inputSize);
          for (let s = 0; s < sessions; s++) {
            input.set(x.subarray((s * steps + t) * inputSize, (s * steps + t + 1) * inputSize), s * inputSize);
          }
          session.step(input, output);
          for (let s = 0; s < sessions; s++) {
            const row = [...expected.subarray((s * steps + t) * 4, (s * steps + t + 1) * 4)].map(Math.exp);
            const total = row.reduce((a, b) => a + b, 0);
            expectClose(
              output.slice(4 * s, 4 * s + 4),
              row.map((v) => v / total),
              1e-5,
              1e-4,
              `step ${t}`,
            );
          }
        }
        session.writeState(start);
      }
      expect(() => session.step(new Float32Array(2), output)).toThrow(
        /^\[session\] an array holds 2 values, not \d+\./,
      );
      expect(() => session.writeState([])).toThrow('the state is a list');
      session.dispose();
      expect(() => session.step(new Float32Array(sessions * inputSize), output)).toThrow('the session was disposed.');
      backend.dispose();
    },
  );

  // Panels of bfloat16 lie in pairs; those of an odd depth are rounded numbers in float32.
  it.each([5, 6])('rounds the matrices it is given to bfloat16, %i inputs', (inputSize) => {
    const backend = nativeBackend({ threads: 1 });
    const units = 18;
    const [kernel, recurrentKernel, bias] = [values(inputSize * units), values(units * units), values(units)];
    const lastState = (round: (matrix: Float32Array) => Float32Array): Float32Array => {
      const weights = {
        kernel: backend.upload(round(kernel), [inputSize, units]),
        recurrentKernel: backend.upload(round(recurrentKernel), [units, units]),
        bias: backend.upload(bias, [units]),
      };
      const session = backend.createSession?.({
        sessions: 1,
        inputSize,
        outputSize: units,
        weightPrecision: 'bfloat16',
        layers: [{ kind: 'simpleRnn', ...weights, activation: 'tanh' }],
      }) as BackendSession;
      const output = new Float32Array(units);
      for (let t = 0; t < 4; t++)
        session.step(
          Float32Array.from({ length: inputSize }, (_, i) => i - t),
          output,
        );
      return output;
    };
    expect(lastState((matrix) => matrix)).toEqual(lastState(bfloat16));
    backend.dispose();
  });

  it('a step allocates nothing', () => {
    const backend = nativeBackend({ threads: 1 });
    const weights = { kernel: floats(backend, [1, 2], [1, 2]), activation: 'linear' } as const;
    const layers = [{ kind: 'linear', ...weights }] as const;
    const plan = { sessions: 1, inputSize: 1, outputSize: 2, weightPrecision: 'float32', layers } as const;
    const session = backend.createSession?.(plan) as BackendSession;
    const [input, output] = [new Float32Array(1), new Float32Array(2)];
    const grown = (steps: number): number => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < steps; i++) session.step(input, output);
      return process.memoryUsage().heapUsed - before;
    };
    grown(20_000); // until it is compiled
    // A garbage collection in between makes the difference negative, other work of the process makes it larger.
    const found = Array.from({ length: 21 }, () => grown(1000)).sort((a, b) => a - b);
    expect(found[10]).toBeLessThan(8 * 1000);
    backend.dispose();
  });

  it('says which state it takes', () => {
    const backend = nativeBackend();
    const weights = {
      kernel: tensor([[1, 2]], { backend }),
      recurrentKernel: tensor(
        [
          [1, 0],
          [0, 1],
        ],
        { backend },
      ),
    };
    const session = createSession([{ kind: 'simpleRnn', ...weights, activation: 'tanh' }], { sessions: 3 });
    expect(() => session.writeState([new Float32Array(4)])).toThrow(
      '[session] the state holds arrays of 4 values. Here it holds arrays of 6. Pass what readState gave.',
    );
    session.writeState([new Float32Array(6).fill(1)]);
    session.dispose();
    backend.dispose();
  });

  it('steps tokens through an embedding and refuses unknown ones', () => {
    const backend = nativeBackend();
    const table = backend.upload(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
    const session = backend.createSession?.({
      sessions: 2,
      inputSize: 1,
      outputSize: 2,
      weightPrecision: 'float32',
      layers: [{ kind: 'embedding', table }],
    }) as BackendSession;
    const output = new Float32Array(4);
    session.step(Float32Array.of(2, 0), output);
    expect([...output]).toEqual([5, 6, 1, 2]);
    expect(() => session.step(Float32Array.of(3, 0), output)).toThrow('out of range');
    expect(() => session.step(Float32Array.of(Number.NaN, 0), output)).toThrow('out of range');
    backend.dispose();
  });

  it('leave layers that kernels do not know to ordinary ops', () => {
    const backend = nativeBackend({ threads: 1 });
    const kernel = tensor([[2]], { backend });
    const session = createSession([
      { kind: 'linear', kernel, activation: 'linear' },
      { kind: 'activation', apply: square },
      { kind: 'layerNorm', beta: tensor([3], { backend }) },
    ]);
    expect(session.step(Float32Array.of(3))).toEqual(Float32Array.of(3));
    session.dispose();
  });
});
