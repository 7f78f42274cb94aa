import { describe, expect, it } from 'vitest';
import { tensor } from './create.ts';
import { hostArray } from './host-array.ts';
import { memory } from './memory.ts';
import { mul } from './ops/mul.ts';
import { Parameter } from './parameter.ts';
import { reference } from './reference/index.ts';
import { tidy } from './scope.ts';
import { sgdRule } from './updates/index.ts';
import { runOptimizerStep } from './updates/run-optimizer-step.ts';
import { type WeightPrecision, withWeightPrecision } from './weight-precision.ts';

const backend = reference();
const parameter = (): Parameter =>
  new Parameter({ name: 'w', shape: [2], backend, initialize: () => hostArray([3.3, 1]) });
const rounded = <T>(body: () => T): T => withWeightPrecision('bfloat16', body);

describe('withWeightPrecision', () => {
  it('rounds the weights, and only inside', () => {
    const w = parameter();
    expect(rounded(() => w.weight.dataSync())).toEqual(Float32Array.of(3.296875, 1));
    expect(rounded(() => w.value.dataSync())).toEqual(Float32Array.of(3.3, 1));
    expect(w.weight).toBe(w.value);
    expect(rounded(() => withWeightPrecision('float32', () => w.weight))).toBe(w.value);
    expect(rounded(() => mul(w.value, 2)).requiresGrad).toBe(false);
  });

  it('rounds once, until the values change', () => {
    const w = parameter();
    const first = rounded(() => w.weight);
    expect(rounded(() => tidy(() => w.weight))).toBe(first);
    w.assign(hostArray([1.001, 2]));
    expect(rounded(() => w.weight.dataSync())).toEqual(Float32Array.of(1, 2));
    const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
    const gradients = [tensor([-100.7, 0], { backend })];
    runOptimizerStep({ parameters: [w], gradients, slots: [[]] }, { rule, learningRate: 1, step: 1 }, sgdRule);
    expect(rounded(() => w.weight.dataSync())).toEqual(Float32Array.of(101.5, 2));
  });

  it('rounds anew after a backend was given the values to write in place', () => {
    const w = parameter();
    const first = rounded(() => w.weight);
    w.donate();
    expect(rounded(() => w.weight)).not.toBe(first);
  });

  it('gives its memory back with the parameter', () => {
    const before = memory().bytes;
    const w = parameter();
    rounded(() => w.weight);
    w.dispose();
    expect(memory().bytes).toBe(before);
  });

  it('teaches', () => {
    expect(() => withWeightPrecision('int8' as WeightPrecision, () => 0)).toThrow('[withWeightPrecision] precision is');
    expect(() => withWeightPrecision('bfloat16', async () => 0)).toThrow('returned a promise');
  });
});
