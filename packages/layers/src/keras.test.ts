import { readFileSync } from 'node:fs';
import {
  add,
  grad,
  mul,
  gru as runGru,
  lstm as runLstm,
  simpleRnn as runSimpleRnn,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  embedding,
  gru,
  type Layer,
  layerNormalization,
  lstm,
  masking,
  repeatVector,
  simpleRnn,
  timeDistributed,
} from './index.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
type Entries = Readonly<Record<string, Entry>>;
interface VectorCase {
  readonly name: string;
  readonly layer: string;
  readonly options: Record<string, unknown>;
  readonly inputs: Entries;
  readonly weights?: Entries;
  readonly outputs: Entries;
  readonly lossWeights?: Entries;
  readonly gradients?: Entries;
}

const casesOf = (file: string): VectorCase[] =>
  (
    JSON.parse(readFileSync(new URL(`../../testing/vectors/keras/${file}.json`, import.meta.url), 'utf8')) as {
      cases: VectorCase[];
    }
  ).cases;

const factories: Readonly<Record<string, (options: never) => Layer>> = {
  lstm,
  gru,
  simpleRnn,
  dense,
  layerNormalization,
  repeatVector,
  embedding,
  masking,
  timeDistributed: ({ layer }: { layer: Record<string, unknown> }) => timeDistributed(made(layer)),
  bidirectional: ({ layer, ...options }: { layer: Record<string, unknown> }) => bidirectional(made(layer), options),
};

function made({ name, ...options }: Record<string, unknown>): Layer {
  return (factories[name as string] as (options: object) => Layer)(options);
}

const backend = reference();

function expectClose(
  actual: ArrayLike<number>,
  { data }: Entry,
  what: string,
  [absolute, relative] = [1e-5, 1e-4],
): void {
  data.forEach((value, i) => {
    const wanted = Number(value);
    const limit = (absolute as number) + (relative as number) * Math.abs(wanted);
    expect(Math.abs((actual[i] as number) - wanted), `${what}[${i}]: ${actual[i]}, not ${wanted}`).toBeLessThanOrEqual(
      limit,
    );
  });
}

function tensorOf(name: string, { shape, data }: Entry, requiresGrad = false): Tensor {
  const dtype = name === 'tokens' ? 'int32' : 'float32';
  return tensor(data.map(Number), { shape, dtype, backend, requiresGrad });
}

/** Gives the layer the weights of the case: `kernel`, or `forward.kernel` in a bidirectional layer. */
function assignWeights(layer: Layer, weights: Entries): void {
  for (const [name, entry] of Object.entries(weights)) {
    const path = name.replace('.', '/');
    const parameter = layer.parameters.find((each) => each.name.endsWith(`/${path}`));
    expect(parameter, name).toBeDefined();
    parameter?.assign({ data: Float32Array.from(entry.data, Number), shape: entry.shape });
  }
}

describe.each(['lstm', 'gru', 'simple-rnn', 'bidirectional', 'layers'])('%s layers give what Keras gives', (file) => {
  it.each(casesOf(file).map((each) => [each.name, each] as const))('%s', (_, each) => {
    const layer = (factories[each.layer] as (options: object) => Layer)(each.options);
    tidy(() => {
      const named = Object.fromEntries(
        Object.entries(each.inputs).map(([name, entry]) => [
          name,
          tensorOf(name, entry, name !== 'mask' && name !== 'tokens'),
        ]),
      );
      const first = named['x'] ?? named['tokens'];
      if (first === undefined) {
        layer.build([[null, null, 2]]);
        const bias = layer.parameters.find(({ name }) => name.endsWith('/bias'));
        bias?.to(backend);
        expectClose(bias?.value.dataSync() ?? [], each.outputs['bias'] as Entry, 'bias');
        return;
      }
      layer.build([[null, ...first.shape.slice(1)]]);
      for (const parameter of layer.parameters) parameter.to(backend);
      assignWeights(layer, each.weights ?? {});
      const states = Object.keys(named).filter((name) => /^(.*\.)?[hc]0$/.test(name));
      const context = { mask: named['mask'], initialState: states.map((name) => named[name] as Tensor) };
      const [y, ...rest] = 'dropoutMask' in named ? [dropped(each, layer, named)] : layer.callAll(first, context);
      const results: Record<string, Tensor> = { y: y as Tensor };
      const both = each.layer === 'bidirectional';
      if (both && each.options['mergeMode'] === null) {
        results['forward.y'] = y as Tensor;
        results['backward.y'] = rest[0] as Tensor;
      } else {
        const names = Object.keys(each.outputs).filter((name) => /(^|\.)[hc]$/.test(name));
        names.forEach((name, i) => {
          results[name] = rest[i] as Tensor;
        });
      }
      if ('yNext' in each.outputs) results['yNext'] = layer.call(named['xNext'] as Tensor);
      if ('mask' in each.outputs) results['mask'] = layer.run([first], context).mask as Tensor;
      for (const [name, entry] of Object.entries(each.outputs)) {
        expect(results[name]?.shape).toEqual(entry.shape);
        expectClose((results[name] as Tensor).dataSync(), entry, name);
      }
      const losses = Object.entries(each.lossWeights ?? {});
      if (losses.length === 0) return;
      const loss = losses
        .map(([name, entry]) => sum(mul(results[name] as Tensor, tensorOf('', entry))))
        .reduce((total, part) => add(total, part));
      const wanted = Object.entries(each.gradients ?? {});
      const targets = wanted.map(
        ([name]) =>
          named[name] ??
          (layer.parameters.find((parameter) => parameter.name.endsWith(`/${name.replace('.', '/')}`))
            ?.value as Tensor),
      );
      grad(loss, targets).forEach((gradient, i) => {
        const [name, entry] = wanted[i] as [string, Entry];
        expectClose(gradient.dataSync(), entry, `gradient of ${name}`, [1e-4, 1e-3]);
      });
    });
  });
});

/** Dropout masks that stand for random ones go to the op. */
function dropped({ options, layer: name }: VectorCase, layer: Layer, { x, ...masks }: Record<string, Tensor>): Tensor {
  const value = (suffix: string): Tensor =>
    layer.parameters.find((each) => each.name.endsWith(suffix))?.value as Tensor;
  const weights = { kernel: value('/kernel'), recurrentKernel: value('/recurrentKernel'), bias: value('/bias') };
  if (name === 'lstm') return runLstm(x as Tensor, weights, masks).h;
  if (name === 'gru') return runGru(x as Tensor, weights, { ...masks, resetAfter: options['resetAfter'] !== false }).h;
  return runSimpleRnn(x as Tensor, weights, masks).h;
}
