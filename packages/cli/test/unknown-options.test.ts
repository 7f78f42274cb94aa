// What packages/train/test/unknown-options.test.ts asks of the packages below train, of those that only the program knows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as backendCpu from '@lstm/backend-cpu';
import * as backendGpu from '@lstm/backend-gpu';
import * as cli from '@lstm/cli';
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import * as data from '@lstm/data';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await useBackend(reference());
});

/** What no function knows. As `never` it passes for the options of any function. */
const bogus: never = { bogus: 1 } as never;
const and = (options: object): never => ({ ...options, bogus: 1 }) as never;

const csv = ['value', ...Array.from({ length: 40 }, (_, i) => String((i * 7) % 10))].join('\n');
const table = (): data.Table => data.readCsv(csv);
const page = { title: '', parts: [], footer: '' };
const chart = { xLabel: '', x: [], lines: [] };
const charted = (lines: readonly object[]): never => ({ ...page, parts: [{ chart: { ...chart, lines } }] }) as never;
const words = ['a b'];

async function forecaster(): Promise<cli.Forecaster> {
  const folder = await mkdtemp(join(tmpdir(), 'lstm-'));
  try {
    const options = { csv, target: 'value', window: 3, horizon: 1, units: 1, epochs: 1, transform: 'none' } as const;
    await cli.writeForecast(await cli.forecast(options), folder);
    return await cli.loadForecaster(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Calls = Readonly<Record<string, () => unknown>>;

/** Calls with an option that is not known; a name may come several times, with a suffix after a comma. */
const calls: Readonly<Record<string, Calls>> = {
  data: {
    batches: () => data.batches([[1]], [[1]], bogus),
    bucketBatches: () => data.bucketBatches([[1]], [1], bogus),
    createSequences: () => data.createSequences([1, 2, 3], 1, bogus),
    minMaxScaler: () => data.minMaxScaler([1, 2], bogus),
    padSequences: () => data.padSequences([[1]], bogus),
    readCsv: () => data.readCsv(csv, bogus),
    'readCsv, numbers': () => table().numbers(['value'], bogus),
    scalerFromConfig: () => data.scalerFromConfig(and(data.standardScaler([1, 2]).toConfig())),
    characterTokenizer: () => data.characterTokenizer(words, bogus),
    walkForwardSplits: () => data.walkForwardSplits([1, 2], bogus),
    windowBatches: () => data.windowBatches([1, 2, 3], 1, bogus),
    wordTokenizer: () => data.wordTokenizer(words, bogus),
    tokenizerFromConfig: () => data.tokenizerFromConfig(and(data.wordTokenizer(words).toConfig())),
  },
  cli: {
    doctor: () => cli.doctor(bogus),
    forecast: () => cli.forecast(and({ csv, target: 'value' })),
    loadForecaster: async () => (await forecaster()).forecast(and({ csv })),
    reportPage: () => cli.reportPage(and(page)),
    'reportPage, a part': () => cli.reportPage({ ...page, parts: [bogus] }),
    'reportPage, a table': () => cli.reportPage({ ...page, parts: [{ table: and({ head: [], rows: [] }) }] }),
    'reportPage, a chart': () => cli.reportPage({ ...page, parts: [{ chart: and(chart) }] }),
    'reportPage, a line': () => cli.reportPage(charted([{ label: '', color: 'ours', values: [], bogus: 1 }])),
  },
  'backend-cpu': { cpu: () => backendCpu.cpu(bogus) },
  'backend-gpu': { gpu: () => backendGpu.gpu(bogus) },
};

/** Functions and classes that take no options. */
const without: Readonly<Record<string, string>> = {
  data: `fillGaps fromReferences jsonlRows lastWindow lengthBuckets readJsonl splitSeries standardScaler toReferences transformOf`,
  cli: 'chooseBackend escapeHtml run scoreTable writeForecast',
  'backend-cpu': 'cpuInfo',
  'backend-gpu': 'gpuInfo',
};

const modules = { data, cli, 'backend-cpu': backendCpu, 'backend-gpu': backendGpu };

describe.each(Object.entries(modules))('@lstm/%s', (name, module) => {
  const known = calls[name] as Calls;

  it.each(Object.entries(known))('%s refuses an option that it does not know', async (_, call) => {
    await expect((async () => call())()).rejects.toThrow(/\bbogus\b/);
  });

  it('is covered: whatever it exports is called here or takes no options', () => {
    const exported = Object.entries(module).flatMap(([key, value]) => (typeof value === 'function' ? [key] : []));
    const covered = [...Object.keys(known), ...(without[name] as string).split(/\s+/)];
    const uncovered = exported.filter((key) => !covered.includes(key));
    expect(uncovered, 'add a call with bogus to `calls` above, or to `without` what takes no options').toEqual([]);
  });
});

it.each([['x'], [Number.NaN], [-1]])('doctor refuses to probe for %s ms', async (probeMs) => {
  await expect(cli.doctor({ probeMs: probeMs as number })).rejects.toThrow('[doctor] probeMs is ');
});
