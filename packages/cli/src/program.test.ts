import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadForecaster, run } from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lstm-cli-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Months of a rising wave with a little that repeats nowhere. */
function wave(rows: number, change: (line: string, row: number) => string = (line) => line): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const date = `${1950 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`;
    const value = 100 + i / 2 + 10 * Math.sin((2 * Math.PI * i) / 12) + Math.sin(i * i);
    return change(`${date},${value.toFixed(3)},${(i % 12) + 1}`, i);
  });
  return `month,sales,number\n${lines.join('\n')}\n`;
}

/** Streams that keep what is written. */
function captured() {
  const [out, err]: [string[], string[]] = [[], []];
  return {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    text: () => ({ stdout: out.join(''), stderr: err.join('').replaceAll(folder, '.') }),
  };
}

async function runWith(csv: string, ...flags: string[]) {
  const file = join(folder, 'sales.csv');
  await writeFile(file, csv);
  const streams = captured();
  const code = await run(['forecast', file, '--out', join(folder, 'out'), '--backend', 'reference', ...flags], streams);
  return { code, ...streams.text(), files: (await readdir(folder)).toSorted() };
}

const small = ['--target', 'sales', '--window', '12', '--horizon', '3', '--units', '8', '--epochs', '4'];

describe('lstm forecast', () => {
  it('writes a forecast, a report and a model that loads again', async () => {
    const { code, stdout, stderr, files } = await runWith(wave(120), ...small, '--transform', 'difference');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^epoch 1\/4 {2}loss [\d.]+ {2}valLoss/);
    expect(stdout).toContain('preparation: difference (changes from step to step)');
    expect(stdout).toMatch(/LSTM +[\d.]+ +[\d.]+ +[\d.]+\nlast value .*\nseasonal naive \(12\) /);
    expect(files).toEqual(['out', 'sales.csv']);
    expect((await readdir(join(folder, 'out'))).toSorted()).toEqual([
      'forecast.csv',
      'forecast.json',
      'model.safetensors',
      'report.html',
    ]);
    const csv = await readFile(join(folder, 'out', 'forecast.csv'), 'utf8');
    expect(csv.split('\n').map((line) => line.split(',')[0])).toEqual(['date', '1960-01', '1960-02', '1960-03', '']);
    const again = await loadForecaster(join(folder, 'out'));
    const { dates, values } = await again.forecast({ csv: wave(120) });
    expect(dates.map((date, i) => `${date},${values[i]}`)).toEqual(csv.trim().split('\n').slice(1));
    const { settings, unit } = JSON.parse(await readFile(join(folder, 'out', 'forecast.json'), 'utf8'));
    expect([unit, settings]).toEqual([
      'month',
      {
        ...{ target: 'sales', features: [], time: 'month', missing: [], decimal: '.', transform: 'difference' },
        ...{ window: 12, horizon: 3, units: 8, epochs: 4, seed: 0 },
      },
    ]);
    const html = await readFile(join(folder, 'out', 'report.html'), 'utf8');
    expect(html).not.toMatch(/(src|href)=/);
  });

  it('tries every preparation, and replaces results of before', { timeout: 120_000 }, async () => {
    const first = await runWith(wave(120), ...small);
    expect(first.code).toBe(0);
    expect(first.stdout.match(/validation MAE/g)).toHaveLength(6);
    await writeFile(join(folder, 'out', '.DS_Store'), '');
    const second = await runWith(
      wave(120, (line) => line.replace(/,(?=\d+\.)/, ',-')),
      ...small,
      '--features',
      'number',
    );
    expect(second.code).toBe(0);
    expect(second.stdout.match(/validation MAE/g)).toHaveLength(4);
    expect(second.files).toEqual(['out', 'sales.csv']);
  });

  it('gives the same numbers again for the same seed', async () => {
    const flags = [...small, '--transform', 'last-value', '--seed', '3'];
    const [first, second] = [await runWith(wave(90), ...flags), await runWith(wave(90), ...flags)];
    expect(second.stdout).toBe(first.stdout);
  });

  it.each<[string, string, string[]]>([
    ['a column that is not there', wave(60), ['--target', 'sale']],
    [
      'text among numbers',
      wave(60, (line, i) => (i === 20 ? line.replace(/,.*,/, ',many,') : line)),
      ['--target', 'sales'],
    ],
    [
      'a feature of text',
      wave(60, (line, i) => `${line},${i % 3 === 0 ? 'rain' : 'sun'}`).replace('number', 'number,sky'),
      ['--target', 'sales', '--features', 'number', 'sky'],
    ],
    [
      'a value that is missing',
      wave(60, (line, i) => (i === 20 ? line.replace(/,.*,/, ',,') : line)),
      ['--target', 'sales'],
    ],
    ['a month that is missing', wave(60).replace(/1952-02.*\n/, ''), ['--target', 'sales']],
    ['a series that is too short', wave(40), ['--target', 'sales']],
    [
      'logarithms of what is not positive',
      wave(200).replace(/,1/g, ',-1'),
      ['--target', 'sales', '--transform', 'log-difference'],
    ],
    [
      'a cell that may stand for nothing',
      wave(60, (line, i) => (i === 20 ? line.replace(/,.*,/, ',not measured,') : line)),
      ['--target', 'sales'],
    ],
    [
      'a cell that begins like an option',
      wave(60, (line, i) => (i === 20 ? line.replace(/,.*,/, ',--,') : line)),
      ['--target', 'sales'],
    ],
    ['decimal commas', wave(60).replace(/,/g, ';').replace(/\./g, ','), ['--target', 'sales']],
    ['a file without names', wave(60).replace(/.*\n/, ''), ['--target', 'sales']],
    ['a file that is no text', 'PK\u0003\u0004\0\0', ['--target', 'sales']],
    ['a date twice', wave(60).replace('1952-02', '1952-01'), ['--target', 'sales']],
    ['an empty file', '', ['--target', 'sales']],
    ['no target', wave(60), []],
    ['an unknown option', wave(60), ['--target', 'sales', '--windows', '3']],
    ['a number that is none', wave(60), ['--target', 'sales', '--window', 'x']],
    ['an unknown transform', wave(60), ['--target', 'sales', '--transform', 'square']],
  ])('refuses %s in one line and leaves nothing', async (_, csv, flags) => {
    const { code, stderr, files } = await runWith(csv, ...flags);
    expect(code).toBe(2);
    expect(files).toEqual(['sales.csv']);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).toMatchSnapshot();
  });

  it.each([
    [';', ['--decimal', ',']],
    ['\t', []],
    ['|', []],
  ])('reads %j between cells', async (delimiter, flags) => {
    const csv = wave(120).replaceAll(',', delimiter);
    const written = flags.length > 0 ? csv.replaceAll('.', ',') : csv;
    const { code, stdout } = await runWith(written, ...small, '--transform', 'none', '--features', 'number', ...flags);
    expect(code).toBe(0);
    expect(stdout).toContain('sales: 120 steps (month), 1950-01 to 1959-12');
  });

  it('fills gaps when it is told to', async () => {
    const csv = wave(120)
      .replace(/1952-02.*\n/, '')
      .replace(/(1953-05),[^,]*/, '$1,');
    const { code, stdout } = await runWith(csv, ...small, '--transform', 'none', '--fill', 'linear');
    expect(code).toBe(0);
    expect(stdout).toContain('sales: 120 steps (month), 1950-01 to 1959-12, 2 values filled');
  });

  it('reads years as dates, and says when it counts rows', async () => {
    const years = Array.from({ length: 100 }, (_, i) => `${1900 + i},${Math.sin(i)}`).join('\n');
    const { stdout } = await runWith(`year,sales\n${years}`, ...small, '--transform', 'none');
    expect(stdout).toContain('sales: 100 steps (year), 1900 to 1999');
    expect(stdout).toMatch(/^The network('s mean absolute error is \d+ % below| loses)/m);
    const { stdout: counted } = await runWith(
      `day,sales\n${years.replace(/^/gm, 'Jan ')}`,
      ...small,
      '--transform',
      'none',
    );
    expect(counted).toContain('no column of dates is used (they are written 2020-01-31): every row counts as a step');
  });

  it.each([
    [['letter.txt']],
    [['forecast.json', 'src/a.ts', 'thesis.txt']],
    [['forecast.json']],
    [['forecast.csv', 'forecast.json', 'model.safetensors', 'notes.txt', 'report.html']],
  ])('refuses a folder that holds %j, before it trains', async (names) => {
    for (const name of names) {
      await mkdir(dirname(join(folder, 'out', name)), { recursive: true });
      await writeFile(join(folder, 'out', name), 'dear');
    }
    const { code, stderr, stdout, files } = await runWith(wave(120), ...small);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatchSnapshot();
    expect(files).toEqual(['out', 'sales.csv']);
    for (const name of names) expect(await readFile(join(folder, 'out', name), 'utf8')).toBe('dear');
  });

  it('refuses a place that cannot be written, before it trains', async () => {
    const { code, stdout, stderr } = await runWith(wave(120), ...small, '--out', join(folder, 'sales.csv', 'out'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatchInlineSnapshot(`
      "[forecast] ./sales.csv/out is not a folder that can be read. Results are written to a folder of their own. Choose another: --out DIR.
      "
    `);
  });
});

describe('lstm', () => {
  it('says when a file is not there', async () => {
    const streams = captured();
    expect(await run(['forecast', join(folder, 'none.csv'), '--target', 'x'], streams)).toBe(2);
    expect(streams.text().stderr).toMatchInlineSnapshot(`
      "[lstm] ./none.csv cannot be read (ENOENT). It is a CSV file. Check the path.
      "
    `);
  });

  it('says that nothing was written when it is interrupted', async () => {
    await writeFile(join(folder, 'sales.csv'), wave(120));
    const streams = captured();
    const stdout = { write: () => process.emit('SIGINT') };
    const args = [
      'forecast',
      join(folder, 'sales.csv'),
      '--out',
      join(folder, 'out'),
      '--backend',
      'reference',
      ...small,
    ];
    expect(await run(args, { ...streams, stdout })).toBe(130);
    expect(streams.text().stderr).toBe('[forecast] stopped before it was done. Nothing was written.\n');
    expect(await readdir(folder)).toEqual(['sales.csv']);
  });

  it('says why a file is missing behind an option that takes many words', async () => {
    const streams = captured();
    expect(await run(['forecast', '--target', 'x', '--features', 'price', 'sales.csv'], streams)).toBe(2);
    expect(streams.text().stderr).toMatchInlineSnapshot(`
      "error: missing required argument 'file'
      --features takes every word up to the next option: write the file first.
      "
    `);
  });

  it.each(['model.safetensors', 'none'])('predicts from a folder, and refuses %s', async (path) => {
    const streams = captured();
    await writeFile(join(folder, 'model.safetensors'), '');
    expect(await run(['predict', join(folder, path), 'newer.csv', '--backend', 'reference'], streams)).toBe(2);
    expect(streams.text().stderr).toMatchSnapshot();
  });

  it('predicts with a model that was written before', async () => {
    await runWith(wave(120), ...small, '--transform', 'difference');
    const streams = captured();
    await writeFile(join(folder, 'newer.csv'), wave(132));
    const code = await run(
      ['predict', join(folder, 'out'), join(folder, 'newer.csv'), '--backend', 'reference'],
      streams,
    );
    expect(code).toBe(0);
    expect(streams.text().stdout).toMatch(/^date,sales\n1961-01,[\d.]+\n1961-02,[\d.]+\n1961-03,[\d.]+\n$/);
  });

  it('predicts by the column of dates of the training', async () => {
    const dated = wave(120, (line, i) => `${line},${1900 + i}-01-01`).replace('number', 'number,year');
    await runWith(dated, ...small, '--transform', 'none', '--time', 'year');
    const predict = async (csv: string) => {
      await writeFile(join(folder, 'newer.csv'), csv);
      const streams = captured();
      await run(['predict', join(folder, 'out'), join(folder, 'newer.csv'), '--backend', 'reference'], streams);
      return streams.text();
    };
    expect((await predict(dated)).stdout).toMatch(/^date,sales\n2020-01-01,/);
    expect((await predict(wave(120))).stderr).toBe(
      '[Table] there is no column year. Columns are month, sales, number. Take one of them.\n',
    );
  });

  it('reads - from the standard input', async () => {
    const flags = [...small, '--transform', 'none', '--out', join(folder, 'out'), '--backend', 'reference'];
    // A sign that is cut in two.
    const bytes = new TextEncoder().encode(wave(120).replace('number', 'größe'));
    const cut = bytes.findIndex((byte) => byte > 127) + 1;
    const stdin = async function* () {
      yield bytes.slice(0, cut);
      yield bytes.slice(cut);
    };
    expect(await run(['forecast', '-', ...flags, '--features', 'größe'], { ...captured(), stdin: stdin() })).toBe(0);
    const streams = { ...captured(), stdin: stdin() };
    expect(await run(['predict', join(folder, 'out'), '-', '--backend', 'reference'], streams)).toBe(0);
    expect(streams.text().stdout).toBe(await readFile(join(folder, 'out', 'forecast.csv'), 'utf8'));
  });

  it('says on stderr what it filled and left out', async () => {
    await runWith(wave(120), ...small, '--transform', 'none');
    const streams = captured();
    const newer = wave(120, (line, i) => (i === 100 || i > 117 ? line.replace(/,.*,/, ',,') : line));
    await writeFile(join(folder, 'newer.csv'), newer);
    const args = [
      'predict',
      join(folder, 'out'),
      join(folder, 'newer.csv'),
      '--backend',
      'reference',
      '--fill',
      'linear',
    ];
    expect(await run(args, streams)).toBe(0);
    expect(streams.text().stderr).toBe('1 value filled\nthe last 2 rows hold no sales: the forecast begins there\n');
    expect(streams.text().stdout).toMatch(/^date,sales\n1959-11,/);
  });

  it('says on stderr which features it did not use', async () => {
    await runWith(wave(120), ...small, '--transform', 'none', '--features', 'number');
    const streams = captured();
    await writeFile(
      join(folder, 'newer.csv'),
      wave(120, (line, i) => (i > 118 ? line.replace(/,.*,/, ',,') : line)),
    );
    const args = ['predict', join(folder, 'out'), join(folder, 'newer.csv'), '--backend', 'reference'];
    expect(await run(args, streams)).toBe(0);
    expect(streams.text().stderr).toBe(
      [
        'the last row holds no sales: the forecast begins there\n',
        'not used: 1 row there with number, for the network sees features up to the last sales alone\n',
      ].join(''),
    );
  });

  it('names the line of a value that a network of logarithms cannot take', async () => {
    await runWith(wave(120), ...small, '--transform', 'log-difference');
    const streams = captured();
    await writeFile(
      join(folder, 'newer.csv'),
      wave(120, (line, i) => (i === 40 ? line.replace(/,.*,/, ',-3,') : line)),
    );
    const args = ['predict', join(folder, 'out'), join(folder, 'newer.csv'), '--backend', 'reference'];
    expect(await run(args, streams)).toBe(2);
    expect(streams.text().stderr).toMatchInlineSnapshot(`
      "[forecast] line 42, column sales: -3 is not positive. With log-difference the network sees logarithms of the target, which are of positive numbers. Correct it, or train anew with --transform auto.
      "
    `);
  });

  it('refuses to predict with other steps than those of the training', async () => {
    await runWith(wave(120), ...small, '--transform', 'none');
    const predict = async (csv: string, ...flags: string[]) => {
      await writeFile(join(folder, 'newer.csv'), csv);
      const streams = captured();
      const args = ['predict', join(folder, 'out'), join(folder, 'newer.csv'), '--backend', 'reference', ...flags];
      return { code: await run(args, streams), ...streams.text() };
    };
    const days = wave(28).replace(
      /^(19\d\d)-(\d\d)/gm,
      (_, year, month) => `2020-${year === '1950' ? '01' : '02'}-${month}`,
    );
    const other = await predict(days.split('\n').slice(0, 13).join('\n'));
    expect(other.code).toBe(2);
    expect(other.stderr).toMatchInlineSnapshot(`
      "[forecast] the file has a row per day, that of the training had a row per month. A network knows the steps that it was trained on. Give a file with such rows.
      "
    `);
    expect((await predict(wave(120), '--time', 'none')).stderr).toMatchInlineSnapshot(`
      "[forecast] the file has rows without dates, that of the training had a row per month. A network knows the steps that it was trained on. Give the dates of the rows too, or name their column: --time COLUMN.
      "
    `);
    await rm(join(folder, 'out'), { recursive: true });
    await runWith(wave(120), ...small, '--transform', 'none', '--time', 'none');
    expect((await predict(wave(120))).stdout).toMatch(/^date,sales\n121,/);
    expect((await predict(wave(120), '--time', 'month')).stderr).toMatchInlineSnapshot(`
      "[forecast] the file has a row per month, that of the training had rows without dates. A network knows the steps that it was trained on. Give a file with such rows, or count rows: --time none.
      "
    `);
  });

  it('prints the CSV that it writes, whatever the name of the column', async () => {
    const csv = wave(120).replace('sales', '"sales, ""net"""');
    await runWith(csv, ...small, '--target', 'sales, "net"', '--transform', 'none');
    const streams = captured();
    const args = ['predict', join(folder, 'out'), join(folder, 'sales.csv'), '--backend', 'reference'];
    expect(await run(args, streams)).toBe(0);
    expect(streams.text().stdout).toBe(await readFile(join(folder, 'out', 'forecast.csv'), 'utf8'));
    expect(streams.text().stdout).toMatch(/^date,"sales, ""net"""\n1960-01,/);
  });
});
