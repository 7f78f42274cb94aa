import { memory, onesInitializer, type Parameter, type Tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, expect, it } from 'vitest';
import { ramp } from '../test/tensors.ts';
import { Layer, sequential } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

/** Gives the same vector for every input. */
class Constant extends Layer {
  readonly type: string = 'constant';
  #vector: Parameter | undefined;
  protected override create(): void {
    this.#vector = this.addParameter({ name: 'vector', shape: [2], initializer: onesInitializer });
  }
  protected forward(): Tensor {
    return this.#vector?.value as Tensor;
  }
}

it('a layer may return the value of its parameter, which stays alive', () => {
  const network = sequential([new Constant('constant', { inputShape: [2] })]);
  network.build();
  const [x, vector] = [ramp([1, 2]), network.parameters[0]?.value as Tensor];
  const before = memory().tensors;
  for (const callable of [network, network.layers[0] as Layer]) {
    for (let i = 0; i < 2; i++) {
      const y = callable.call(x);
      expect([...y.dataSync()]).toEqual([1, 1]);
      y.dispose();
    }
  }
  expect([vector.disposed, memory().tensors]).toEqual([false, before]);
});
