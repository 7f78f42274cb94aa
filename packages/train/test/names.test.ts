// What is exported has a name for `compile` and, an optimizer, an entry for `optimizerFromConfig`.
import { readFileSync } from 'node:fs';
import * as core from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, sequential } from '@lstm/layers';
import * as optim from '@lstm/optim';
import * as train from '@lstm/train';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await core.useBackend(reference());
});

/** What a function gives, or undefined where it throws; what a promise rejects with is of no interest. */
function resultOf(call: () => unknown): unknown {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(() => undefined);
    return result;
  } catch {
    return undefined;
  }
}

/** Names of exported functions for which `is` holds. */
function namesWhere(module: object, is: (call: (...values: unknown[]) => unknown) => boolean): string[] {
  const functions = Object.entries(module).filter(
    ([name, value]) => /^[a-z]/.test(name) && typeof value === 'function',
  );
  return functions.flatMap(([name, value]) => (is(value) ? [name] : []));
}

function compiles(options: object): boolean {
  const all = { optimizer: 'sgd', loss: 'mse', ...options } as train.CompileOptions;
  return (
    resultOf(() => train.compile(sequential([dense({ units: 1, activation: 'sigmoid', inputShape: [1] })]), all)) !==
    undefined
  );
}

it('optimizers', () => {
  const made = namesWhere(optim, (make) => {
    const optimizer = resultOf(() => make()) as Partial<optim.Optimizer> | undefined;
    return typeof optimizer?.step === 'function' && typeof optimizer.loadState === 'function';
  });
  const names = made.filter((name) => name !== 'transformOptimizer'); // takes any chain of transforms
  expect(names).toContain('adam');
  const unnamed = names.filter((optimizer) => !compiles({ optimizer }));
  expect(unnamed, 'add it to OptimizerName and its table in packages/train/src/compile.ts').toEqual([]);
  const options = { learningRate: 0.1 };
  const unsaved = names.filter((type) => resultOf(() => optim.optimizerFromConfig({ type, options })) === undefined);
  expect(unsaved, 'add it to the table in packages/optim/src/config.ts').toEqual([]);
  const makers = optim as unknown as Readonly<Record<string, () => optim.Optimizer>>;
  const typeOf = (make: (() => optim.Optimizer) | undefined) =>
    make && (make().toConfig() as optim.OptimizerConfig).type;
  const misnamed = names.filter((name) => typeOf(makers[name]) !== name);
  expect(misnamed, 'its toConfig().type is its name there: give createOptimizer that name').toEqual([]);
});

it('metrics', () => {
  const names = namesWhere(train, (make) => {
    const made = resultOf(() => make()) as Partial<train.Metric> | undefined;
    return typeof made?.start === 'function' && typeof made.name === 'string';
  });
  expect(names).toContain('accuracy');
  const unnamed = names.filter((metric) => !compiles({ metrics: [metric] }));
  expect(unnamed, 'add it to MetricName and its table in packages/train/src/compile.ts').toEqual([]);
});

it('losses', () => {
  const file = readFileSync(new URL('../../core/src/losses/index.ts', import.meta.url), 'utf8');
  const names = namesWhere(core, () => true).filter((name) => new RegExp(`\\b${name}\\b`).test(file));
  expect(names).toContain('huber');
  const unnamed = names.filter((loss) => !compiles({ loss }));
  expect(unnamed, 'add it to LossName and its table in packages/train/src/compile.ts').toEqual([]);
});
