import { describe, expect, it } from 'vitest';
import type { BackendSession, SessionPlan } from './backend/session.ts';
import { tensor } from './create.ts';
import { createSession } from './create-session.ts';
import { memory } from './memory.ts';
import { gru, lstm, softmax } from './ops/index.ts';
import { normal } from './random/index.ts';
import { reference } from './reference/index.ts';
import { openSession } from './session.ts';
import { linearSession } from './session-kinds.ts';
import type { SessionLayer } from './session-layer.ts';
import type { Tensor } from './tensor.ts';

const backend = reference();
const random = (name: string, shape: number[]): Tensor =>
  tensor(
    normal(
      shape.reduce((a, b) => a * b, 1),
      { seed: 1, name },
    ),
    { shape, backend },
  );

/** A backend's own session of one recurrent layer whose weights are all 1. */
function runningSums({ sessions }: SessionPlan): BackendSession {
  let state = new Float32Array(sessions);
  return {
    step(input, output) {
      state = state.map((sum, i) => sum + (input[i] as number));
      output.set(state);
    },
    readState: () => [state.slice()],
    writeState([values]) {
      state = (values as Float32Array).slice();
    },
    dispose() {},
  };
}

describe('createSession', () => {
  it('gives step by step what whole sequences give', async () => {
    const before = memory().tensors;
    const first = { kernel: random('k', [3, 16]), recurrentKernel: random('r', [4, 16]), bias: random('b', [16]) };
    const second = {
      kernel: random('k2', [4, 15]),
      recurrentKernel: random('r2', [5, 15]),
      bias: random('b2', [2, 15]),
    };
    const layers: SessionLayer<Tensor>[] = [
      { kind: 'lstm', ...first, activation: 'tanh', recurrentActivation: 'sigmoid' },
      { kind: 'gru', ...second, activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: true },
      { kind: 'softmax' },
    ];
    const x = random('x', [2, 6, 3]);
    const hidden = lstm(x, first);
    const { y } = gru(hidden.y, second);
    const probabilities = softmax(y);
    const expected = await probabilities.data();
    const session = createSession(layers, { sessions: 2 });
    const inputs = await x.data();
    for (let t = 0; t < 6; t++) {
      const input = Float32Array.from({ length: 6 }, (_, i) => inputs[Math.floor(i / 3) * 18 + t * 3 + (i % 3)] ?? 0);
      const output = t % 2 === 0 ? session.step(input) : await session.stepAsync(input);
      for (let i = 0; i < 10; i++) {
        expect(output[i]).toBeCloseTo(expected[Math.floor(i / 5) * 30 + t * 5 + (i % 5)] ?? Number.NaN, 6);
      }
    }
    const state = await session.readState();
    expect(state.map((each) => each.length)).toEqual([8, 8, 10]);
    const once = session.step(new Float32Array(6).fill(1)).slice();
    session.writeState(state);
    expect(session.step(new Float32Array(6).fill(1))).toEqual(once);
    await session.reset(1);
    expect((await session.readState())[0]?.subarray(4)).toEqual(new Float32Array(4));
    expect((await session.readState())[0]?.[0]).not.toBe(0);
    session.dispose();
    expect(() => session.step(new Float32Array(6))).toThrow('[session] the session was disposed.');
    await expect(session.reset()).rejects.toThrow('[session] the session was disposed.');
    for (const each of [...Object.values(first), ...Object.values(second), x, hidden.y, hidden.h, hidden.c, y])
      each.dispose();
    probabilities.dispose();
    expect(memory().tensors - before).toBeLessThanOrEqual(1); // gru's final state
  });

  it.each([
    ['in ordinary ops', backend],
    ['of a backend', { ...backend, createSession: runningSums }],
  ])('resets one session between the steps of the others: a session %s', async (_, on) => {
    const one = tensor([[1]], { backend: on });
    const layer = { kind: 'simpleRnn', kernel: one, recurrentKernel: one, activation: 'linear' } as const;
    const session = createSession([layer], { sessions: 2 });
    session.step(Float32Array.of(1, 1));
    const reset = session.reset(0);
    session.step(Float32Array.of(5, 5));
    await reset;
    expect(await session.readState()).toEqual([Float32Array.of(5, 6)]);
    await expect(session.reset(2)).rejects.toThrow('[session] session is 2. There are 2. They count from 0.');
    await session.reset();
    expect(await session.readState()).toEqual([new Float32Array(2)]);
    session.dispose();
  });

  it('leaves nothing behind when the output of a step cannot be read', async () => {
    const fail = (): never => {
      throw new Error('lost');
    };
    const unreadable = { ...backend, read: fail, readSync: fail };
    const kernel = tensor([[1]], { backend: unreadable });
    const session = createSession([{ kind: 'linear', kernel, activation: 'linear' }]);
    const before = memory().tensors;
    expect(() => session.step(Float32Array.of(1))).toThrow('lost');
    await expect(session.stepAsync(Float32Array.of(1))).rejects.toThrow('lost');
    expect(memory().tensors).toBe(before);
  });

  it('takes tokens where the first layer is an embedding', () => {
    const table = tensor([[1], [10]], { backend });
    const kernel = tensor([[2]], { backend });
    const session = createSession([
      { kind: 'embedding', table },
      { kind: 'linear', kernel, activation: 'linear' },
    ]);
    expect(session.step(Float32Array.of(1))).toEqual(Float32Array.of(20));
    for (const token of [Number.NaN, 0.5, 2 ** 32]) {
      expect(() => session.step(Float32Array.of(token))).toThrow(`[session] the token of session 0 is ${token}.`);
    }
    expect(session.step(Float32Array.of(0))).toEqual(Float32Array.of(2));
  });

  it('refuses tokens that the embedding has no row for', () => {
    const session = createSession([{ kind: 'embedding', table: tensor([[1], [10]], { backend }) }], { sessions: 2 });
    expect(() => session.step(Float32Array.of(1, 2))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] the token of session 1 is 2. The embedding, which comes first, has a vocabulary of 2: a token lies in [0, 1]. Give unknown words a token of their own, or make the embedding with a larger inputDim.]`,
    );
    expect(() => session.step(Float32Array.of(-1, 0))).toThrow('the token of session 0 is -1.');
  });

  it('refuses token 0 where it is padding', async () => {
    const table = tensor([[1], [10]], { backend });
    const session = createSession([{ kind: 'embedding', table, maskZero: true }], { sessions: 2 });
    expect(session.step(Float32Array.of(1, 1))).toEqual(Float32Array.of(10, 10));
    const input = Float32Array.of(1, 0);
    expect(() => session.step(input)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] the token of session 1 is 0. With maskZero token 0 is padding, which a stream has none of. Step the other tokens only, or embed without maskZero.]`,
    );
    await expect(session.stepAsync(input)).rejects.toThrow('the token of session 1 is 0.');
  });

  it('says which state it takes', () => {
    const weights = { kernel: tensor([[1]], { backend }), recurrentKernel: tensor([[1]], { backend }) };
    const session = createSession([{ kind: 'simpleRnn', ...weights, activation: 'tanh' }]);
    const refused = (state: unknown) => expect(() => session.writeState(state as Float32Array[]));
    refused([]).toThrow('[session] the state holds no arrays. Here it holds arrays of 1.');
    refused(undefined).toThrow('[session] the state holds no arrays.');
    refused([new Float32Array(2), undefined]).toThrow('[session] the state holds arrays of 2, 0 values.');
    for (const state of [[[1]], [Float64Array.of(1)]]) refused(state).toThrow('A session takes Float32Arrays.');
  });

  it('teaches what is wrong', () => {
    const kernel = tensor([[1, 2]], { backend });
    expect(() => createSession([])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] there are no layers. A session has a layer with weights, and no softmax before it. Pass the layers of the network in order.]`,
    );
    const linear = { kind: 'linear', kernel, activation: 'linear' } as const;
    expect(() => createSession([linear, linear])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [session] kernel is [1, 2]. The layer before gives 2 values: it is [2, units]. Check the weights.]`,
    );
    const bias = tensor([1], { backend });
    expect(() => createSession([{ ...linear, bias }])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [session] bias is [1]. The kernel gives 2 values: it is [2]. Check the weights.]`,
    );
    const cell = {
      kind: 'simpleRnn',
      kernel,
      recurrentKernel: tensor([[1]], { backend }),
      activation: 'tanh',
    } as const;
    expect(() => createSession([cell])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [session] kernel is [1, 2]. Here it is [input, units] = [1, 1]. Check kernel against x and the weights.]`,
    );
    expect(() => createSession([linear, { kind: 'embedding', table: kernel }])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] layer 1 is an embedding. An embedding takes tokens, which only the input of the session can be. Put it first.]`,
    );
    expect(() => createSession([{ ...linear, activation: 'rleu' as never }])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] activation is "rleu". It is one of linear, tanh, sigmoid, hardSigmoid, relu. Did you mean 'relu'?]`,
    );
    expect(() => createSession([{ ...linear, biass: kernel } as never])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] option biass is unknown. Options are kind, kernel, bias, activation. Did you mean bias?]`,
    );
    const integers = tensor([[1, 2]], { dtype: 'int32', backend });
    expect(() => createSession([{ ...linear, kernel: integers }])).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [session] kernel is int32. A session takes float32. Write cast(x, 'float32').]`,
    );
    expect(() => openSession([cell], {}, linearSession)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [session] a layer is of kind simpleRnn. Kinds here are linear. Use one of them; a layer of your own names its kinds in sessionKinds.]`,
    );
    expect(() => createSession([linear]).step(new Float32Array(3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [session] input holds 3 values. A step of all sessions takes 1. Pass a Float32Array of that length.]`,
    );
    for (const input of [[1], Float64Array.of(1), 1, undefined]) {
      expect(() => createSession([linear]).step(input as never)).toThrow(/input is .* A session takes Float32Arrays\./);
    }
    expect(() => createSession([linear]).step(Float32Array.of(1), [0, 0] as never)).toThrow('output is [0, 0].');
    expect(() => createSession([linear], { weightPrecision: 'bfloat16' })).toThrow('no bfloat16 weights');
  });
});
