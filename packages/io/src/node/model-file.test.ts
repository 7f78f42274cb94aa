import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ones, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, lstm, type Network, sequential } from '@lstm/layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveModel } from '../index.ts';
import { loadModelFile, saveModelFile } from '../node.ts';

let folder: string;
let path: string;
const create = (): Network => sequential([lstm({ units: 3, inputShape: [5, 2] }), dense({ units: 1 })]);

beforeEach(async () => {
  await useBackend(reference());
  folder = await mkdtemp(join(tmpdir(), 'lstm-io-'));
  path = join(folder, 'model.safetensors');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('a model file', () => {
  it('gives back the network and what was saved beside it', async () => {
    const network = create();
    const optimizer = { config: { rule: { kind: 'sgd' } }, iterations: 3, slots: {} };
    await saveModelFile(path, network, { optimizer, extra: [1, 2] });
    expect(new Uint8Array(await readFile(path))).toEqual(await saveModel(network, { optimizer, extra: [1, 2] }));
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    const loaded = await loadModelFile(path);
    const x = ones([2, 5, 2]);
    expect(await loaded.network.call(x).data()).toEqual(await network.call(x).data());
    expect([loaded.optimizer?.iterations, loaded.extra]).toEqual([3, [1, 2]]);
  });

  it('stays as it was when the network cannot be saved', async () => {
    await writeFile(path, 'before');
    await expect(saveModelFile(path, create(), { extra: Number.NaN })).rejects.toMatchObject({ code: 'option' });
    expect(await readFile(path, 'utf8')).toBe('before');
  });

  it('is refused where it is missing, cut off or something else', async () => {
    await expect(loadModelFile(path)).rejects.toThrow(
      `[loadModelFile] ${path} cannot be read (ENOENT). A saved model is one file. Check the path.`,
    );
    await saveModelFile(path, create());
    await truncate(path, 600);
    await expect(loadModelFile(path)).rejects.toMatchObject({ code: 'format' });
    await writeFile(path, '{"class_name": "Sequential", "config": {}}');
    await expect(loadModelFile(path)).rejects.toThrow(/^\[decodeSafetensors\] byte 0: the header is said to have/);
  });
});
