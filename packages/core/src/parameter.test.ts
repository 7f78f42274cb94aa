import { beforeAll, describe, expect, it, vi } from 'vitest';
import { useBackend } from './backend/define.ts';
import type { Backend } from './backend/types.ts';
import { tensor } from './create.ts';
import { grad } from './grad.ts';
import { hostArray } from './host-array.ts';
import { memory } from './memory.ts';
import { mul } from './ops/mul.ts';
import { sum } from './ops/sum.ts';
import { Parameter } from './parameter.ts';
import { reference } from './reference/index.ts';
import { tidy } from './scope.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const slot = (options: object = {}): Parameter =>
  new Parameter({ name: 'w', shape: [2], initialize: () => hostArray([1, 2]), ...options });

describe('a parameter', () => {
  it('draws its values at the first use, and never when some were assigned', () => {
    const initialize = vi.fn(() => hostArray([1, 2]));
    const lazy = slot({ initialize });
    expect([lazy.initialized, initialize.mock.calls.length]).toEqual([false, 0]);
    expect([...lazy.value.dataSync(), ...lazy.value.dataSync()]).toEqual([1, 2, 1, 2]);
    const assigned = slot({ initialize });
    assigned.assign(hostArray([3, 4]));
    expect([...assigned.value.dataSync()]).toEqual([3, 4]);
    expect(initialize).toHaveBeenCalledTimes(1);
    assigned.dispose();
    lazy.dispose();
    expect(lazy.initialized).toBe(false);
  });

  it('holds a handle of its own, outside of any tidy and off the tape', () => {
    const before = memory().tensors;
    const weight = slot();
    tidy(() => weight.assign(mul(weight.value, 2)));
    const given = tensor([5, 6]);
    tidy(() => weight.assign(given));
    expect([...weight.value.dataSync()]).toEqual([5, 6]);
    given.dispose();
    expect([...weight.value.dataSync()]).toEqual([5, 6]);
    weight.dispose();
    expect(memory().tensors).toBe(before);
  });

  it('tells its name and size where no memory holds it', () => {
    const initialize = () => hostArray(new Float32Array(80_000 * 320_000), [80_000, 320_000]);
    expect(() => slot({ shape: [80_000, 320_000], initialize }).value).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: [w] 25,600,000,000 numbers of float32 cannot be held. They take 102.4 GB. Use smaller batches, shorter sequences or fewer units.]`,
    );
  });

  it('stays where it is until it is moved', async () => {
    const weight = slot();
    expect([...weight.value.dataSync()]).toEqual([1, 2]);
    const elsewhere = reference();
    const values = tensor([3, 4], { backend: elsewhere });
    expect(() => weight.assign(values)).toThrowErrorMatchingInlineSnapshot(
      `[BackendMismatchError: [w] assigned values live on another backend (reference) than the parameter (reference). A parameter stays where it is until it is moved. Assign hostArray(await values.data(), values.shape), or move the parameter first: await parameter.to(backend).]`,
    );
    expect([...weight.value.dataSync()]).toEqual([1, 2]);
    await weight.to(elsewhere);
    weight.assign(values);
    expect([...weight.value.dataSync()]).toEqual([3, 4]);
  });

  it('gives gradients while it is trainable', () => {
    const weight = slot();
    tidy(() => expect([...grad(sum(mul(weight.value, weight.value)), [weight.value])[0].dataSync()]).toEqual([2, 4]));
    weight.trainable = false;
    expect(weight.value.requiresGrad).toBe(false);
    weight.trainable = true;
    expect(weight.value.requiresGrad).toBe(true);
    weight.dispose();
  });

  it('moves to another backend', async () => {
    const other: Backend = { ...reference(), name: 'other' };
    const [used, unused] = [slot(), slot()];
    expect(used.value.backend.name).toBe('reference');
    await Promise.all([used.to(other), unused.to(other)]);
    expect([used.value.backend, unused.backend, unused.value.backend]).toEqual([other, other, other]);
    expect([...used.value.dataSync()]).toEqual([1, 2]);
  });

  it('moves to no backend that is none, and takes no values that are none', async () => {
    const parameter = slot();
    parameter.value.dataSync();
    await expect(parameter.to(undefined as never)).rejects.toThrow('[w] undefined was given for a backend.');
    expect(() => parameter.assign([3, 4] as never)).toThrow(
      '[w] assigned values are [3, 4]. A parameter takes a tensor or a host array. Assign hostArray(values).',
    );
    expect(() => parameter.assign(undefined as never)).toThrow('[w] assigned values are undefined.');
  });

  it('donates a buffer that nothing else holds', () => {
    const weight = slot();
    const before = memory().tensors;
    const alone = weight.value;
    expect(weight.donate().storage).toBe(alone.storage);
    const held = mul(weight.value, weight.value); // the tape holds the value now
    const copy = weight.donate();
    expect(copy.storage).not.toBe(alone.storage);
    expect([...copy.dataSync()]).toEqual([1, 2]);
    held.dispose();
    weight.dispose();
    expect(memory().tensors).toBe(before);
  });

  it('ends the values that it gave before others are written in their place', () => {
    const weight = slot();
    const old = weight.value;
    weight.donate();
    expect(weight.value.requiresGrad).toBe(true);
    expect(() => old.dataSync()).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: [dataSync] tensor float32 [2] was disposed. It was the value of parameter w, valid until that is assigned, stepped by an optimizer or disposed. Take parameter.value again; what stays is stopGradient(parameter.value), taken before.]`,
    );
    weight.dispose();
  });

  it('teaches what does not fit', () => {
    const weight = slot();
    expect(() => weight.assign(hostArray([1]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [w] assigned values are [1]. The parameter is [2]. Assign values of its shape.]`,
    );
    expect(() => weight.assign(tensor([1, 2], { dtype: 'int32' }))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [w] assigned values are int32. The parameter is float32. Convert them: cast(values, 'float32').]`,
    );
    expect(() => slot({ initialise: 1 })).toThrow('Did you mean initialize?');
    const gone = tensor([1, 2]);
    gone.dispose();
    expect(() => weight.assign(gone)).toThrow('[w] tensor float32 [2] was disposed.');
  });
});

it('moves what was assigned while it moved', async () => {
  const parameter = slot();
  parameter.value;
  const moved = parameter.to(reference());
  parameter.assign(hostArray([5, 6]));
  await moved;
  expect([...parameter.value.dataSync()]).toEqual([5, 6]);
});
