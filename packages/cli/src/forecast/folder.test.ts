import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OutputFolder, writeForecast } from './folder.ts';
import { type Forecast, forecast } from './forecast.ts';

let result: Forecast;
beforeAll(async () => {
  await useBackend(reference());
  const csv = ['sales', ...Array.from({ length: 60 }, (_, i) => (10 + Math.sin(i)).toFixed(3))].join('\n');
  result = await forecast({ csv, target: 'sales', window: 4, horizon: 2, units: 2, epochs: 1, transform: 'none' });
});

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lstm-folder-'));
  out = join(folder, 'out');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('OutputFolder', () => {
  it('replaces nothing when other files came while the network was trained', async () => {
    await writeForecast(result, out);
    const before = await readFile(join(out, 'forecast.json'), 'utf8');
    const place = await OutputFolder.open(out);
    await writeFile(join(out, 'notes.txt'), 'dear');
    await expect(place.write({ ...result, season: 3 })).rejects.toThrow('out holds notes.txt. Results are written');
    await place.discard();
    await expect(writeForecast(result, out)).rejects.toThrow(/ Choose a new one\.$/);
    expect(await readdir(folder)).toEqual(['out']);
    expect(await readFile(join(out, 'notes.txt'), 'utf8')).toBe('dear');
    expect(await readFile(join(out, 'forecast.json'), 'utf8')).toBe(before);
  });

  it('takes results of several at once', async () => {
    const [first, second] = [await OutputFolder.open(out), await OutputFolder.open(out)];
    await first.write(result);
    await second.write({ ...result, season: 3 });
    expect(JSON.parse(await readFile(join(out, 'forecast.json'), 'utf8')).season).toBe(3);
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('takes a folder that is empty, or that nobody has made yet', async () => {
    await mkdir(out);
    await writeForecast(result, out);
    await writeForecast(result, join(folder, 'deep', 'out'));
    expect((await readdir(folder)).toSorted()).toEqual(['deep', 'out']);
    expect(await readdir(join(folder, 'deep', 'out'))).toEqual(await readdir(out));
  });
});
