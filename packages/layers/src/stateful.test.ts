import { hostArray, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp, values } from '../test/tensors.ts';
import { gruCell, lstm, rnn, sequential } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('stateful layers', () => {
  it('continue row by row, also after a smaller last batch', () => {
    const whole = lstm({ units: 3, name: 'lstm' });
    const carried = lstm({ units: 3, name: 'lstm', stateful: true });
    const x = ramp([2, 6, 2]);
    const part = (from: number, rows: number): Tensor =>
      tensor(
        Float32Array.from(
          { length: rows * 4 },
          (_, i) => x.dataSync()[Math.floor(i / 4) * 12 + from * 2 + (i % 4)] ?? 0,
        ),
        { shape: [rows, 2, 2] },
      );
    const expected = values(whole.call(x));
    carried.call(part(0, 2));
    carried.call(part(2, 2));
    expect(values(carried.call(part(4, 2)))).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    carried.resetStates();
    carried.call(part(0, 2));
    carried.call(part(2, 1)); // only the first row
    const [, second] = [0, values(carried.call(part(2, 2)))];
    const twoSteps = lstm({ units: 3, name: 'lstm' });
    const row = tensor(x.dataSync().slice(12, 20), { shape: [1, 4, 2] });
    expect(second.slice(3)).toEqual(values(twoSteps.call(row)).map((value) => expect.closeTo(value, 6)));
    expect(() => carried.call(part(0, 3))).toThrow('the batch has 3 rows, the carried states have 2');
  });

  it('hand their states to a network of the same layers', () => {
    const build = (stateful = true) =>
      sequential([
        lstm({ units: 3, stateful, returnSequences: true, inputShape: [null, 2] }),
        sequential([rnn(gruCell({ units: 2 }), { stateful })]),
      ]);
    const [first, second] = [build(), build()];
    expect(first.states).toEqual([]);
    const x = ramp([2, 4, 2]);
    first.call(x);
    const names = first.states.map(({ name }) => name);
    expect(names).toEqual(['lstm/state0', 'lstm/state1', 'sequential/rnn/state0']);
    const states = Object.fromEntries(
      first.states.map(({ name, shape, value }) => [name, hostArray(value.dataSync(), shape)]),
    );
    second.build();
    second.writeStates(states);
    expect(values(second.call(x))).toEqual(values(first.call(x)));
    const other = build(false);
    other.build();
    other.writeStates(states);
    expect(other.states).toEqual([]);
    const wrong = { ...states, 'lstm/state1': hostArray([1, 2, 3], [1, 3]) };
    expect(() => second.writeStates(wrong)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [lstm] lstm/state1 is [1, 3]. States are [batch, units] with one batch; here that is [2, 3]. Write states that a network of the same layers carried.]`,
    );
  });
});
