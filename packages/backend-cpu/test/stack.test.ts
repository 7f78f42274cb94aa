import {
  add,
  type Backend,
  type FusedActivation,
  grad,
  mul,
  type RecurrentStackAttributes,
  type RecurrentStackLayer,
  recurrentStack,
  sum,
  type Tensor,
  type TypedArray,
  tensor,
  tidy,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { afterAll, describe, expect, it } from 'vitest';
import { expectClose, nativeBackend, numbers } from './native.ts';

interface Given {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly integer?: boolean;
  /** Whether a gradient is asked for. */
  readonly wanted?: boolean;
}

interface Stack {
  readonly what: string;
  readonly inputs: Readonly<Record<string, Given>>;
  readonly attributes: RecurrentStackAttributes;
  /** Outputs that enter the loss. */
  readonly losses: readonly string[];
}

/** A stack of one to three layers with everything drawn at random: sizes on both sides of every border of the kernels. */
function randomStack(seed: number): Stack {
  const random = numbers(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const chance = (p: number): boolean => random() < p;
  const draw = (shape: readonly number[], scale = 1): Given => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * (2 * random() - 1)),
    wanted: chance(0.8),
  });
  const keep = (shape: readonly number[], rate: number): Given => {
    const { values } = draw(shape);
    return { shape, values: Array.from(values, (v) => (v < 2 * rate - 1 ? 0 : 1 / (1 - rate))) };
  };
  const batch = pick([1, 3, 8, 17, 33]);
  const steps = pick([1, 2, 9, 40]);
  const features = pick([1, 5, 16]);
  const vocabulary = pick([3, 50]);
  const inputs: Record<string, Given> = {};
  if (chance(0.4)) {
    const { values } = draw([batch, steps]);
    inputs['tokens'] = {
      shape: [batch, steps],
      values: Array.from(values, (v) => Math.floor(((v + 1) / 2) * vocabulary)),
      integer: true,
    };
    inputs['table'] = draw([vocabulary, features]);
  } else {
    inputs['x'] = draw([batch, steps, features]);
  }
  if (chance(0.4)) {
    const { values } = draw([batch, steps]);
    inputs['mask'] = { shape: [batch, steps], values: Array.from(values, (v) => Number(v > -0.4)) };
  }
  const layers: RecurrentStackLayer[] = [];
  let width = features;
  const zeroOutputForMask = chance(0.5);
  for (let layer = pick([0, 1, 2]); layer >= 0; layer--) {
    const cell = pick(['lstm', 'gru', 'simpleRnn'] as const);
    const usual = chance(0.7);
    const activation: FusedActivation = usual ? 'tanh' : pick(['relu', 'linear', 'sigmoid']);
    const recurrentActivation: FusedActivation = usual ? 'sigmoid' : 'hardSigmoid';
    const resetAfter = chance(0.5);
    const directions = pick([['forward'], ['forward'], ['reverse'], ['forward', 'reverse']] as const);
    const plain = { reverse: false, zeroOutputForMask, activation };
    const attributes = {
      simpleRnn: plain,
      lstm: { ...plain, recurrentActivation },
      gru: { ...plain, recurrentActivation, resetAfter },
    }[cell];
    const gates = { lstm: 4, gru: 3, simpleRnn: 1 }[cell];
    let above = 0;
    for (const direction of directions) {
      const units = pick([1, 7, 16, 48, 65, 97, 170]);
      const scale = 1 / Math.sqrt(units + width);
      const name = `${layers.length}.${direction}`;
      inputs[`${name}.kernel`] = draw([width, gates * units], scale);
      inputs[`${name}.recurrentKernel`] = draw([units, gates * units], scale);
      if (chance(0.8)) inputs[`${name}.bias`] = draw(cell === 'gru' && resetAfter ? [2, 3 * units] : [gates * units]);
      if (chance(0.4)) inputs[`${name}.h0`] = draw([batch, units]);
      if (cell === 'lstm' && chance(0.4)) inputs[`${name}.c0`] = draw([batch, units]);
      if (chance(0.3)) inputs[`${name}.dropoutMask`] = keep([batch, width], 0.3);
      if (chance(0.3)) inputs[`${name}.recurrentDropoutMask`] = keep([batch, units], 0.3);
      above += units;
    }
    layers.push({ cell, directions, attributes } as RecurrentStackLayer);
    width = above;
  }
  const all = layers.flatMap(({ cell, directions }, i) =>
    directions.flatMap((way) => [`${i}.${way}.h`, ...(cell === 'lstm' ? [`${i}.${way}.c`] : [])]),
  );
  const losses = pick([['y'], ['y', ...all], all]);
  const what = layers.map(({ cell, directions }) => `${cell} ${directions.join('+')}`).join(', ');
  return { what: `${seed}: B ${batch}, T ${steps}, ${what}`, inputs, attributes: { layers }, losses };
}

/** All outputs, then the wanted gradients, by name. */
async function compute(stack: Stack, backend: Backend, dtype: 'float32' | 'float64'): Promise<Map<string, TypedArray>> {
  const names = Object.keys(stack.inputs).filter((name) => stack.inputs[name]?.wanted === true);
  const found = tidy(() => {
    const inputs: Record<string, Tensor> = {};
    for (const [name, { shape, values, integer }] of Object.entries(stack.inputs)) {
      const options = { shape, backend, dtype: integer === true ? 'int32' : dtype, requiresGrad: names.includes(name) };
      inputs[name] = tensor(Array.from(values), options as object);
    }
    const outputs = recurrentStack(inputs, stack.attributes);
    const random = numbers(99);
    const loss = stack.losses
      .map((name) => {
        const output = outputs[name] as Tensor;
        const weights = Array.from({ length: output.size }, () => 2 * random() - 1);
        return sum(mul(output, tensor(weights, { shape: output.shape, dtype, backend })));
      })
      .reduce((total, part) => add(total, part));
    const gradients = grad(
      loss,
      names.map((name) => inputs[name] as Tensor),
    );
    const all: [string, Tensor][] = [
      ...Object.entries(outputs),
      ...gradients.map((each, i): [string, Tensor] => [`gradient of ${names[i]}`, each]),
    ];
    return Object.fromEntries(all);
  });
  const result = new Map<string, TypedArray>();
  for (const [name, each] of Object.entries(found)) {
    result.set(name, await each.data());
    each.dispose();
  }
  return result;
}

describe('random stacks give what the float64 reference gives', () => {
  const truth = reference();
  const backends = [1, 3].map((threads) => nativeBackend({ threads }));
  afterAll(() => {
    for (const backend of [truth, ...backends]) backend.dispose();
  });

  const stacks = Array.from({ length: 60 }, (_, seed) => randomStack(seed));
  it.each(stacks.map((stack) => [stack.what, stack] as const))('%s', async (_, stack) => {
    const expected = await compute(stack, truth, 'float64');
    for (const backend of backends) {
      const found = await compute(stack, backend, 'float32');
      expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
      for (const [name, values] of expected) {
        const size = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        expectClose(found.get(name) as TypedArray, values, 2e-5 * size, 1e-4, name);
      }
    }
  });
});
