import { hostArray, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { values } from '../test/tensors.ts';
import { dense, embedding, lstm } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

it('embeddings start within ±0.05, or as PyTorch does', () => {
  const spread = (embeddingsInitializer?: 'standardNormal') => {
    const layer = embedding({ inputDim: 50, outputDim: 40, ...(embeddingsInitializer && { embeddingsInitializer }) });
    layer.call(tensor([[1]], { dtype: 'int32' }));
    const drawn = values(layer.parameters[0]!.value);
    return Math.sqrt(drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length);
  };
  expect(spread()).toBeCloseTo(0.05 / Math.sqrt(3), 3);
  expect(spread('standardNormal')).toBeCloseTo(1, 1);
});

describe('the initial bias of the forget gate', () => {
  const bias = (options: object): number[] => {
    const layer = lstm({ units: 2, ...options });
    layer.build([[null, 3, 1]]);
    return values(layer.parameters[2]?.value as Tensor);
  };

  it('is 1, a number, or what biasInitializer says', () => {
    expect(bias({})).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(bias({ forgetBias: 2.5 })).toEqual([0, 0, 2.5, 2.5, 0, 0, 0, 0]);
    expect(bias({ biasInitializer: 'ones', forgetBias: -1 })).toEqual([1, 1, -1, -1, 1, 1, 1, 1]);
    expect(bias({ unitForgetBias: false })).toEqual(Array(8).fill(0));
    expect(() => bias({ unitForgetBias: false, forgetBias: 1 })).toThrow('unitForgetBias is false');
    expect(() => bias({ forgetBias: 'chron' })).toThrow("It is a number or 'chrono'.");
    expect(() => bias({ chronoMaxLength: 50 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [lstm] chronoMaxLength is given and forgetBias is not 'chrono'. It is the longest span to remember for forgetBias: 'chrono'. Set forgetBias: 'chrono', or leave it out.]`,
    );
  });
});

describe('chrono initialization', () => {
  it('gives the forget gate memories up to the length, the input gate the negative', () => {
    const layer = lstm({ units: 50, forgetBias: 'chrono', inputShape: [100, 1] });
    layer.build([[null, 100, 1]]);
    const bias = values(layer.parameters[2]?.value as Tensor);
    const forget = bias.slice(50, 100);
    expect(bias.slice(0, 50)).toEqual(forget.map((value) => -value));
    expect(Math.max(...forget)).toBeLessThan(Math.log(99));
    expect(Math.min(...forget)).toBeGreaterThanOrEqual(0);
    const unknown = lstm({ units: 2, forgetBias: 'chrono' });
    expect(() => unknown.build([[null, null, 1]])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [lstm] forgetBias is 'chrono' and the length of the input is not known. Chrono initialization needs the longest span to remember, at least 2 steps. Give chronoMaxLength.]`,
    );
  });
});

it('a layer that takes assigned weights draws none', () => {
  const layer = dense({ units: 1, kernelInitializer: () => expect.unreachable(), inputShape: [2] });
  layer.build([[null, 2]]);
  layer.parameters[0]?.assign(hostArray([[1], [2]]));
  expect(values(layer.call(tensor([[3, 4]])))).toEqual([11]);
});
