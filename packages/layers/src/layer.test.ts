import { mul, onesInitializer, type Parameter, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp } from '../test/tensors.ts';
import {
  bidirectional,
  dense,
  embedding,
  gru,
  gruCell,
  Layer,
  lstm,
  lstmCell,
  type PartialShape,
  reshape,
  rnn,
  sequential,
  simpleRnn,
  simpleRnnCell,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('custom layers', () => {
  it('are one class', () => {
    class Scale extends Layer {
      readonly type: string = 'scale';
      #factor: Parameter | undefined;
      protected override create([shape]: readonly PartialShape[]): void {
        this.#factor = this.addParameter({ name: 'factor', shape: [shape?.at(-1) ?? 1], initializer: onesInitializer });
      }
      protected forward([x]: readonly Tensor[]): Tensor {
        return mul(x as Tensor, this.#factor?.value as Tensor);
      }
    }
    const network = sequential([dense({ units: 3, inputShape: [2] }), new Scale(), new Scale()]);
    network.build();
    expect(network.parameters.map(({ name }) => name)).toContain('scale_1/factor');
    expect(network.call(ramp([4, 2])).shape).toEqual([4, 3]);
  });

  it('hold the layers that run in them', () => {
    class Block extends Layer {
      readonly type: string = 'block';
      readonly inner = dense({ units: 2, name: 'inner' });
      protected forward([x]: readonly Tensor[]): Tensor {
        return this.inner.call(x as Tensor);
      }
    }
    class Listed extends Block {
      override get children(): readonly Layer[] {
        return [this.inner];
      }
    }
    class Whole extends Listed {
      protected override create(shapes: readonly PartialShape[]): void {
        this.inner.build(shapes, { path: `${this.path}/inner`, seed: this.seed });
      }
    }
    expect(() => new Block().call(ramp([4, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [block] its forward runs inner, whose weights it does not know. They would be neither trained nor saved. Return the layer from get children(). Write in create(): inner.build(shapes, { path: \`\${this.path}/inner\`, seed: this.seed }).]`,
    );
    expect(() => new Listed().call(ramp([4, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [block] inner is one of its children and was not built. What a layer holds is built with it. Write in create(): inner.build(shapes, { path: \`\${this.path}/inner\`, seed: this.seed }).]`,
    );
    const network = sequential([new Whole('block', { inputShape: [2] }), new Whole()]);
    expect(network.call(ramp([4, 2])).shape).toEqual([4, 2]);
    expect(network.parameters.map(({ name }) => name).join(' ')).toBe(
      'block/inner/kernel block/inner/bias block_1/inner/kernel block_1/inner/bias',
    );
    const fixed = new Block();
    fixed.inner.trainable = false; // of a network that was trained elsewhere
    expect(fixed.call(ramp([4, 2])).shape).toEqual([4, 2]);
  });

  it('check shapes that have changed in place', () => {
    const layer = dense({ units: 1 });
    const shape = [null, 3];
    for (let i = 0; i < 2; i++) layer.build([shape]);
    shape[1] = 4;
    expect(() => layer.build([shape])).toThrow('inputs are [batch, 4]. The layer was built for [batch, 3].');
  });

  it('keep their options, whatever becomes of the object', () => {
    const widths = (): number[] => {
      const options = { units: 4, inputShape: [3, 2] };
      const layers = [dense, lstm, gru, simpleRnn].map((make) => make(options));
      const cells = [lstmCell, gruCell, simpleRnnCell].map((make) => bidirectional(rnn(make(options))));
      const [tokens, target] = [{ inputDim: 5, outputDim: 4 }, { targetShape: [6] }];
      layers.push(...cells, embedding(tokens), reshape(target));
      options.units = 8;
      options.inputShape.push(9);
      tokens.outputDim = 8;
      target.targetShape.push(7);
      expect(layers[0]?.inputShape).toEqual([3, 2]);
      expect(layers[0]?.toConfig().options['inputShape']).toEqual([3, 2]);
      return layers.map(
        (layer) =>
          layer.call(layer.type === 'embedding' ? tensor([[1]], { dtype: 'int32' }) : ramp([1, 3, 2])).shape.at(-1) ??
          0,
      );
    };
    expect(widths()).toEqual([4, 4, 4, 4, 8, 8, 8, 4, 6]);
  });

  it('can be frozen', () => {
    const layer = dense({ units: 1, trainable: false, inputShape: [2] });
    layer.build([[null, 2]]);
    expect(layer.parameters.every(({ trainable }) => !trainable)).toBe(true);
    layer.trainable = true;
    expect(layer.parameters.every(({ trainable }) => trainable)).toBe(true);
  });
});
