import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from './backend/define.ts';
import { tensor } from './create.ts';
import { ScopeError } from './errors.ts';
import { memory } from './memory.ts';
import { add } from './ops/add.ts';
import { mul } from './ops/mul.ts';
import { reference } from './reference/index.ts';
import { createScope, tidy } from './scope.ts';
import { noGrad } from './tape.ts';
import type { Tensor } from './tensor.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('tidy', () => {
  it('keeps what is returned, in arrays, maps and records, and frees the rest', () => {
    const before = memory().tensors;
    const found = tidy(() => {
      const x = tensor([1, 2]);
      const y = mul(x, x);
      add(y, 1);
      return { list: [x, [y]], map: new Map([['z', add(x, y)]]), text: 'x', nothing: null };
    });
    expect(memory().tensors - before).toBe(3);
    const [x, [y]] = found.list as [Tensor, [Tensor]];
    for (const each of [x, y, found.map.get('z') as Tensor]) each.dispose();
    expect(memory().tensors).toBe(before);
  });

  it('hands what an inner one returns to the outer one', () => {
    const before = memory().tensors;
    tidy(() => {
      const inner = tidy(() => tensor([1]));
      expect(inner.disposed).toBe(false);
    });
    expect(memory().tensors).toBe(before);
  });

  it('frees when the function throws, and leaves what was made before alone', () => {
    const x = tensor([1]);
    const before = memory().tensors;
    expect(() =>
      tidy(() => {
        mul(x, 2);
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(memory().tensors).toBe(before);
    expect(x.disposed).toBe(false);
    x.dispose();
  });

  it('and noGrad and a scope refuse promises, in words', async () => {
    for (const call of [
      () => tidy(async () => tensor([1])),
      () => noGrad(async () => 1),
      () => createScope().run(async () => 1),
    ]) {
      expect(call).toThrow(ScopeError);
      expect(call).toThrowErrorMatchingSnapshot();
    }
    // What was rejected meanwhile is no unhandled rejection.
    expect(() => tidy(() => Promise.reject(new Error('mine')))).toThrow(ScopeError);
    await soon();
  });
});

describe('a scope', () => {
  it('holds across an await what is made in its run, and never what another flow makes', async () => {
    const before = memory().tensors;
    const flow = async (value: number): Promise<number> => {
      const scope = createScope();
      const x = scope.run(() => mul(tensor([value]), 2));
      await soon();
      const y = scope.run(() => add(x, 1));
      await soon();
      const result = await y.item();
      scope.dispose();
      return result;
    };
    const outside = tensor([1]);
    expect(await Promise.all([flow(1), flow(10)])).toEqual([3, 21]);
    expect(outside.disposed).toBe(false);
    outside.dispose();
    expect(memory().tensors).toBe(before);
  });

  it('takes tensors in and lets them go', () => {
    const before = memory().tensors;
    const scope = createScope();
    const taken = scope.add(tensor([1]));
    const kept = scope.run(() => scope.keep({ x: tensor([2]) }));
    scope[Symbol.dispose]();
    scope.dispose();
    expect([taken.disposed, kept.x.disposed]).toEqual([true, false]);
    expect(() => scope.run(() => 1)).toThrowErrorMatchingSnapshot();
    expect(() => scope.add(kept)).toThrow('[createScope] the scope was disposed.');
    kept.x.dispose();
    expect(memory().tensors).toBe(before);
  });
});
