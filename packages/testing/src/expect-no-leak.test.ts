import { debugMemory, grad, memory, mul, Parameter, sum, type Tensor, tensor, tidy, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak } from './expect-no-leak.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const macrotask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const makeParameter = (): Parameter =>
  new Parameter({ name: 'p', shape: [2], initialize: () => ({ data: Float32Array.of(1, 2), shape: [2] }) });

describe('expectNoLeak', () => {
  it('returns what the function returns when nothing else survives', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const [gradient] = expectNoLeak(() => tidy(() => grad(sum(mul(x, x)), [x])));
    expect([...gradient.dataSync()]).toEqual([2, 4]);
    const nested = expectNoLeak(() => ({ list: [tensor(1)], map: new Map([['a', tensor(2)]]) }));
    expect(nested.list[0]?.dataSync()[0]).toBe(1);
    expect(expectNoLeak(() => x)).toBe(x);
  });

  it('names each survivor and the line that made it', () => {
    const leaking = (x: Tensor): Tensor => mul(mul(x, x), tensor([[1, 2]]));
    const x = tensor([[3, 4]]);
    let message = '';
    try {
      expectNoLeak(() => leaking(x));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n')[0]).toBe(
      '[expectNoLeak] 2 tensors survive that were not returned. What a function makes it disposes or returns. ' +
        'Wrap it in tidy, or across await in a scope made with createScope.',
    );
    expect(message.match(/^float32 \[1, 2] was made$/gm)).toHaveLength(2);
    expect(message.match(/leaking .*expect-no-leak\.test\.ts:\d+/g)).toHaveLength(2);
  });

  it('is not deceived by an older tensor that is disposed meanwhile', () => {
    const x = tensor([1, 2]);
    expect(() =>
      expectNoLeak(() => {
        tensor([3, 4]);
        x.dispose();
      }),
    ).toThrow('1 tensor survives that was not returned');
  });

  it('waits for asynchronous functions', async () => {
    const sound = async (): Promise<number> => {
      const x = tensor([1, 2]);
      await macrotask();
      x.dispose();
      return 5;
    };
    expect(await expectNoLeak(sound)).toBe(5);
    const leaking = async (): Promise<void> => {
      await macrotask();
      tensor([1, 2]);
    };
    await expect(expectNoLeak(leaking)).rejects.toThrow('float32 [2] was made');
  });

  it('spares values of parameters that are returned or owned', () => {
    const parameter = makeParameter();
    expect(() => expectNoLeak(() => parameter.assign({ data: Float32Array.of(3, 4), shape: [2] }))).toThrow('survives');
    expectNoLeak(() => parameter.assign({ data: Float32Array.of(5, 6), shape: [2] }), { owned: () => [parameter] });
    const made = expectNoLeak(() => {
      const another = makeParameter();
      another.value.assertLive('test');
      return another;
    });
    expectNoLeak(() => made.dispose());
    const cache: Tensor[] = [];
    expectNoLeak(() => void cache.push(tensor(1)), { owned: () => cache });
  });

  it('passes errors of the function on', async () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    expect(() => expectNoLeak(fail)).toThrow('broken');
    await expect(expectNoLeak(async () => fail())).rejects.toThrow('broken');
  });

  it('restores debug mode, however it ends and also when checks are nested', async () => {
    const on = (): boolean => memory().survivors !== undefined;
    expectNoLeak(() => {
      expectNoLeak(() => undefined);
      expect(on()).toBe(true);
    });
    expect(() => expectNoLeak(() => tensor(1) && undefined)).toThrow('survives');
    await expect(expectNoLeak(async () => void tensor(1))).rejects.toThrow('survives');
    expect(on()).toBe(false);
    debugMemory(true);
    expectNoLeak(() => undefined);
    expect(on()).toBe(true);
    debugMemory(false);
  });

  it('takes a function, and leaves debug mode as it was without one', () => {
    expect(() => expectNoLeak(undefined as never)).toThrow('[expectNoLeak] fn is undefined. fn is a function.');
    expect(memory().survivors).toBeUndefined();
  });

  it('names the nearest option for an unknown one', () => {
    expect(() => expectNoLeak(() => undefined, { own: () => [] } as object)).toThrow('Did you mean owned?');
  });
});
