import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkOptions, DataError, FormatError } from '@lstm/core';
import { loadModelFile, saveModelFile } from '@lstm/io/node';
import type { Network } from '@lstm/layers';
import { counted, formatCsv } from '../format.ts';
import { reportOf } from '../report/report.ts';
import type { Forecast } from './forecast.ts';
import { predict } from './network.ts';
import { checkAccepts, Preparer, type PreparerConfig } from './preparation.ts';
import { readSeries, type SeriesSource } from './series.ts';
import { inCode, type Wording } from './wording.ts';

/** The file of the network and of all that its use takes. */
const modelFile = 'model.safetensors';
const settingsFile = 'forecast.json';
const csvFile = 'forecast.csv';
const reportFile = 'report.html';
const resultFiles: readonly string[] = [modelFile, settingsFile, csvFile, reportFile];
/** What file managers leave in a folder that was looked at. */
const viewerFiles: readonly string[] = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/** What a model file holds besides the network. */
interface SavedForecast {
  readonly version: 1;
  readonly columns: readonly string[];
  /** The column of dates, `none` where rows were counted. */
  readonly time: string;
  /** The step of the training, `row` where rows were counted. */
  readonly unit: string;
  readonly preparer: PreparerConfig;
}

function folderError(path: string, fact: string, fix: string, cause?: unknown): DataError {
  return new DataError('forecast', `${path} ${fact}`, 'Results are written to a folder of their own.', fix, { cause });
}

/** Throws unless a folder that is to be replaced is empty or holds whole results, and nothing else. */
function checkReplaceable(path: string, entries: readonly string[], { out }: Wording): void {
  const found = entries.filter((entry) => !viewerFiles.includes(entry));
  const other = found.find((entry) => !resultFiles.includes(entry));
  const missing = resultFiles.find((file) => !found.includes(file));
  if (other === undefined && (missing === undefined || found.length === 0)) return;
  const fact = other === undefined ? `holds ${found.join(', ')} without ${missing}.` : `holds ${other}.`;
  throw folderError(path, fact, `Choose a new one${out}.`);
}

/** A folder that is made whole beside the place where it is to stand, and moved there at the end. */
export class OutputFolder {
  readonly path: string;
  readonly #draft: string;
  readonly #wording: Wording;

  private constructor(path: string, draft: string, wording: Wording) {
    this.path = path;
    this.#draft = draft;
    this.#wording = wording;
  }

  /**
   * Resolves to a place for results: a new folder, or one of earlier results and nothing else, which is then replaced.
   *
   * @throws DataError when the folder holds something else or cannot be written
   */
  static async open(path: string, wording: Wording = inCode): Promise<OutputFolder> {
    const place = resolve(path);
    let entries: string[] = [];
    try {
      entries = await readdir(place);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw folderError(path, 'is not a folder that can be read.', `Choose another${wording.out}.`, cause);
      }
    }
    checkReplaceable(path, entries, wording);
    try {
      const draft = join(dirname(place), `.${basename(place)}-${randomUUID()}`);
      await mkdir(dirname(place), { recursive: true });
      await mkdir(draft);
      return new OutputFolder(place, draft, wording);
    } catch (cause) {
      throw folderError(path, 'cannot be written.', `Check the permissions, or choose another${wording.out}.`, cause);
    }
  }

  /**
   * Writes all results and puts the folder in its place. Where that fails, the place is as it was.
   *
   * @throws DataError when other files came into the folder meanwhile
   */
  async write(forecast: Forecast): Promise<void> {
    const { network, series, preparer, settings, scores, trials, season, history, future } = forecast;
    const { columns, time, calendar, filled } = series;
    const extra: SavedForecast = { version: 1, columns, time, unit: calendar.unit, preparer };
    await saveModelFile(join(this.#draft, modelFile), network, { extra });
    const facts = { columns, unit: calendar.unit, filled, season, preparation: preparer.name };
    const result = { ...facts, settings, trials, scores, history, future };
    await writeFile(join(this.#draft, settingsFile), `${JSON.stringify(result, undefined, 2)}\n`);
    await writeFile(join(this.#draft, csvFile), formatCsv(series.columns[0] as string, future));
    await writeFile(join(this.#draft, reportFile), await reportOf(forecast));
    await this.#replace();
  }

  async #replace(): Promise<void> {
    const old = `${this.#draft}-old`;
    const existed = await rename(this.path, old).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    try {
      // Training takes long. Where the folder lies now, nobody adds a file after this look.
      if (existed) checkReplaceable(this.path, await readdir(old), this.#wording);
      await rename(this.#draft, this.path);
    } catch (error) {
      if (existed) await rename(old, this.path);
      throw error;
    }
    if (existed) await rm(old, { recursive: true });
  }

  /** Leaves nothing behind of what was not finished. */
  async discard(): Promise<void> {
    await rm(this.#draft, { recursive: true, force: true });
  }
}

/**
 * Writes `forecast.csv`, `forecast.json`, `report.html` and the model to a folder: all of them or nothing.
 *
 * @throws DataError when the folder holds something else or cannot be written
 *
 * @example
 * ```ts
 * import { mkdtemp, readdir, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { chooseBackend, forecast, writeForecast } from '@lstm/cli';
 *
 * await chooseBackend('reference');
 * const csv = ['sales', ...Array.from({ length: 40 }, (_, i) => 10 + (i % 4))].join('\n');
 * const found = await forecast({ csv, target: 'sales', window: 4, horizon: 2, units: 2, epochs: 1, transform: 'none' });
 * const place = await mkdtemp(join(tmpdir(), 'lstm-'));
 * const folder = join(place, 'sales');
 * await writeForecast(found, folder);
 * console.log((await readdir(folder)).join(' ')); // => forecast.csv forecast.json model.safetensors report.html
 * await rm(place, { recursive: true });
 * ```
 */
export async function writeForecast(forecast: Forecast, path: string): Promise<void> {
  const folder = await OutputFolder.open(path);
  try {
    await folder.write(forecast);
  } finally {
    await folder.discard();
  }
}

/** A trained network that was written by `lstm forecast`. */
export interface Forecaster {
  readonly network: Network;
  /** Columns of the series, the target first. */
  readonly columns: readonly string[];
  /** The step of the series, such as `month`, or `row` where rows are counted. */
  readonly unit: string;
  readonly window: number;
  readonly horizon: number;
  /**
   * Resolves to what follows the last value of the target, and how many values of the series were filled. `time` is by default that of
   * the training: a column of dates, or `none` to count rows.
   *
   * @throws DataError when the series is not usable, has other steps than the training or is shorter than a window, OptionError when
   * an option is unknown
   */
  forecast(source: Omit<SeriesSource, 'target' | 'features'>): Promise<Prediction>;
}

/** What a {@link Forecaster} found. */
export interface Prediction {
  readonly dates: readonly string[];
  readonly values: readonly number[];
  /** Values of the series that were missing in the file. */
  readonly filled: number;
  /** Rows at the end of the file that hold no target; the forecast begins there. */
  readonly trailing: number;
  /** Those of them that hold a feature, which is not used. */
  readonly unusedFeatures: number;
}

function otherSteps(given: string, trained: string, { option }: Wording): DataError {
  const each = (unit: string): string => (unit === 'row' ? 'rows without dates' : `a row per ${unit}`);
  return new DataError(
    'forecast',
    `the file has ${each(given)}, that of the training had ${each(trained)}.`,
    'A network knows the steps that it was trained on.',
    given === 'row'
      ? `Give the dates of the rows too, or name their column: ${option('time', 'COLUMN')}.`
      : `Give a file with such rows${trained === 'row' ? `, or count rows: ${option('time', 'none')}` : ''}.`,
  );
}

/**
 * Resolves to the network in a folder that `lstm forecast` wrote, ready to forecast from newer values.
 *
 * @throws DataError when the folder cannot be read, FormatError when it holds no forecaster
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { chooseBackend, forecast, loadForecaster, writeForecast } from '@lstm/cli';
 *
 * await chooseBackend('reference');
 * const csv = ['sales', ...Array.from({ length: 40 }, (_, i) => 10 + (i % 4))].join('\n');
 * const place = await mkdtemp(join(tmpdir(), 'lstm-'));
 * const folder = join(place, 'sales');
 * const options = { csv, target: 'sales', window: 4, horizon: 2, units: 2, epochs: 1, transform: 'none' } as const;
 * await writeForecast(await forecast(options), folder);
 *
 * const forecaster = await loadForecaster(folder);
 * const { dates, values } = await forecaster.forecast({ csv: `${csv}\n10\n11` });
 * console.log(dates, values.length); // => [ '43', '44' ] 2
 * await rm(place, { recursive: true });
 * ```
 */
export function loadForecaster(folder: string): Promise<Forecaster> {
  return loadForecasterIn(inCode, folder);
}

/** {@link loadForecaster}, with errors that write options in some wording. */
export async function loadForecasterIn(wording: Wording, folder: string): Promise<Forecaster> {
  const entry = await stat(folder).catch(() => undefined);
  if (entry?.isDirectory() !== true) {
    throw new DataError(
      'loadForecaster',
      entry ? `${folder} is a file.` : `there is no folder ${folder}.`,
      'It takes the folder that lstm forecast wrote.',
      entry ? `Pass its folder: ${dirname(folder)}.` : 'Check the path.',
    );
  }
  const { network, extra } = await loadModelFile(join(folder, modelFile));
  const saved = extra as Partial<SavedForecast> | undefined;
  const { version, columns, time, unit, preparer: config } = saved ?? {};
  if (version !== 1 || columns === undefined || time === undefined || unit === undefined || config === undefined) {
    throw new FormatError(
      'loadForecaster',
      `${join(folder, modelFile)} holds no forecaster.`,
      'It is a folder that lstm forecast wrote.',
      'Run lstm forecast again.',
    );
  }
  const [target = '', ...features] = columns;
  const preparer = new Preparer(config);
  return {
    network,
    columns,
    unit,
    window: config.window,
    horizon: config.horizon,
    async forecast(source) {
      checkOptions('forecast', source, ['csv', 'time', 'missing', 'decimal', 'fill']);
      const series = readSeries({ ...source, time: source.time ?? time, target, features }, wording);
      const { values, dates, calendar, filled, trailing, unusedFeatures } = series;
      if (calendar.unit !== unit) throw otherSteps(calendar.unit, unit, wording);
      checkAccepts(config.name, series, `Correct it, or train anew with ${wording.option('transform', 'auto')}.`);
      if (dates.length < preparer.reach) {
        const rule = `A window takes ${preparer.reach}.`;
        throw new DataError('forecast', `the series has ${counted(dates.length, 'step')}.`, rule, 'Give more of it.');
      }
      const next = await predict(network, preparer.prepare(values, [dates.length]));
      return { dates: calendar.next(config.horizon), values: [...next.data], filled, trailing, unusedFeatures };
    },
  };
}
