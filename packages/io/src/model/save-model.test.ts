import { onesInitializer, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, sequential } from '@lstm/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('saveModel refuses', () => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  const message = async (save: Promise<unknown>): Promise<string> => {
    try {
      await save;
    } catch (error) {
      return String(error);
    }
    return 'was saved';
  };

  it('what JSON would change', async () => {
    const loop: unknown[] = [];
    loop.push({ loop });
    const extras = [
      { scaler: { mean: Float32Array.of(1) } },
      { values: [1, Number.NaN] },
      { when: new Date(0) },
      { seen: new Map() },
      [undefined],
      loop,
      { big: 1n },
      () => 1,
      JSON.parse('{"__proto__": 1}'),
    ];
    const messages = await Promise.all(extras.map((extra) => message(saveModel(network, { extra }))));
    expect(messages.map((text) => text.replace(/ It is written as JSON: .*$/, ''))).toMatchInlineSnapshot(`
      [
        "OptionError: [saveModel] extra.scaler.mean is a Float32Array.",
        "OptionError: [saveModel] extra.values[1] is NaN.",
        "OptionError: [saveModel] extra.when is a Date.",
        "OptionError: [saveModel] extra.seen is a Map.",
        "OptionError: [saveModel] extra[0] is undefined.",
        "OptionError: [saveModel] extra[0].loop is part of itself.",
        "OptionError: [saveModel] extra.big is a bigint.",
        "OptionError: [saveModel] extra is a function.",
        "OptionError: [saveModel] extra.__proto__ is a name that is not read again.",
      ]
    `);
    expect(messages[0]).toMatchInlineSnapshot(
      `"OptionError: [saveModel] extra.scaler.mean is a Float32Array. It is written as JSON: text, finite numbers, true, false, null, lists and plain objects of them. Convert it first, a typed array for example with Array.from."`,
    );
    expect(await message(saveModel(network, { extra: { left: undefined } }))).toBe('was saved');
  });

  it('a name that it keeps, a network without a shape, a function, an unknown option', async () => {
    const state = { config: {}, iterations: 1.5, slots: {} };
    const misnamed = { config: {}, iterations: 1, state: {} };
    expect(await message(saveModel(network, { optimizer: misnamed as never }))).toContain('option state is unknown.');
    expect(await message(saveModel(network, { optimizer: state }))).toMatchInlineSnapshot(
      `"OptionError: [saveModel] optimizer.iterations is 1.5. optimizer.iterations is an integer of at least 0. Write for example optimizer.iterations: 2."`,
    );
    expect(await message(saveModel(sequential([dense({ units: 1 })])))).toMatchInlineSnapshot(
      `"OptionError: [sequential] the shape of the input is not known. Parameters are made for an input of known features. Give the first layer an inputShape, for example [10, 1], or call the network once."`,
    );
    expect(
      await message(saveModel(sequential([dense({ units: 1, inputShape: [1], name: 'optimizer:a' })]))),
    ).toMatchInlineSnapshot(
      `"OptionError: [saveModel] parameter optimizer:a/kernel begins with optimizer:. A file keeps optimizer: for what is no parameter. Rename the layer."`,
    );
    expect(await message(saveModel(network, { weights: true } as never))).toMatchInlineSnapshot(
      `"OptionError: [saveModel] option weights is unknown. Options are optimizer, states, training, extra. Remove weights."`,
    );
    expect(
      await message(saveModel(sequential([dense({ units: 1, inputShape: [1], kernelInitializer: onesInitializer })]))),
    ).toMatchInlineSnapshot(
      `"UnsupportedError: [dense] kernelInitializer is a function. A saved layer holds plain data. Use a name for kernelInitializer, or save the weights only."`,
    );
  });
});
