// Mistakes in layers and cells of one's own.
import { add, onesInitializer, type Parameter, type Tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, expect, it } from 'vitest';
import { ramp } from '../test/tensors.ts';
import { Cell, Layer, rnn, sequential } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

class Bad extends Layer {
  readonly type: string = 'bad';
  readonly #found: unknown;

  constructor(found: unknown) {
    super('bad');
    this.#found = found;
  }

  protected forward(): Tensor {
    return this.#found as Tensor;
  }
}

it.each<[string, () => unknown, string]>([
  ['forward without return', () => new Bad(undefined).call(ramp([1, 2])), '[bad] forward returned undefined.'],
  ['an async forward', () => new Bad(Promise.resolve()).call(ramp([1, 2])), '[bad] forward returned a Promise.'],
  [
    'numbers from forward',
    () => new Bad([1, 2]).call(ramp([1, 2])),
    '[bad] forward returned [1, 2]. It returns a tensor,',
  ],
  ['an empty list from forward', () => sequential([new Bad([])]).call(ramp([1, 2])), '[bad] forward returned []. It'],
  [
    'a typed array from forward',
    () => new Bad(Float32Array.of(1)).call(ramp([1, 2])),
    '[bad] forward returned a Float32',
  ],
  [
    'outputs that are no list',
    () => new Bad({ outputs: ramp([1]), mask: undefined }).call(ramp([1, 2])),
    '[bad] forward returned an object with outputs, mask.',
  ],
  ['a rejected forward', () => new Bad(Promise.reject(new Error())).call(ramp([1, 2])), 'forward returned a Promise.'],
])('%s is refused', (_, run, message) => {
  expect(run).toThrow(message);
});

/** A layer whose options have names that layers of the library have too. */
class Scaled extends Layer {
  readonly type: string = 'scaled';
  readonly #make: (add: (name: string) => Parameter) => void;
  readonly #late: boolean;
  constructor(make: (add: (name: string) => Parameter) => void, late: boolean, options = {}) {
    super('scaled', options, ['scale', 'center', 'stateful', 'useBias']);
    this.#make = make;
    this.#late = late;
  }
  #add(): void {
    this.#make((name) => this.addParameter({ name, shape: [1], initializer: onesInitializer }));
  }
  protected override create(): void {
    if (!this.#late) this.#add();
  }
  protected forward([x]: readonly Tensor[]): Tensor {
    if (this.#late) this.#add();
    return add(x as Tensor, 0);
  }
}

it('options of a layer of one’s own may be of any kind', () => {
  expect(() => new Scaled(() => {}, false, { scale: 0.5, center: 'left', stateful: 3, useBias: [] })).not.toThrow();
});

it('a cell that nothing wraps is told to be one', () => {
  class Lonely extends Cell {
    readonly type: string = 'lonely';
    readonly outputSize: number = 1;
    readonly stateSizes: readonly number[] = [1];
    protected forward([x, h]: readonly Tensor[]): readonly Tensor[] {
      return [x as Tensor, h as Tensor];
    }
  }
  expect(() => sequential([new Lonely()]).call(ramp([1, 2, 1]))).toThrow('wrap it, rnn(cell).');
});

it('parameters are made once, in create', () => {
  const call = (make: (add: (name: string) => Parameter) => void, late: boolean) => () =>
    void new Scaled(make, late).call(ramp([1, 2]));
  expect(call((make) => void make('w'), false)).not.toThrow();
  expect(call((make) => [make('w'), make('w')], false)).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: [scaled] addParameter made w twice. Files and optimizers tell parameters of a layer by their names. Give one of them another name.]`,
  );
  expect(call((make) => void make('w'), true)).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: [scaled] addParameter made w after create. Parameters are made once, for the first shape of input. Call addParameter in create and keep what it returns.]`,
  );
});

it('a cell returns as many states as it says', () => {
  class Forgetful extends Cell {
    readonly type: string = 'forgetful';
    readonly outputSize: number = 1;
    readonly stateSizes: readonly number[] = [1, 1];
    protected forward([x, h]: readonly Tensor[]): readonly Tensor[] {
      return [add(x as Tensor, h as Tensor), h as Tensor];
    }
  }
  for (const time of [1, 3]) {
    expect(() => rnn(new Forgetful()).call(ramp([2, time, 1]))).toThrow(
      '[forgetful] forward returned an output and 1 states. By stateSizes there are 2. Return [output, ...states].',
    );
  }
});
