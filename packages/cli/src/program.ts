import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DataError, LstmError } from '@lstm/core';
import { progressBar } from '@lstm/train';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { backendNames, chooseBackend } from './backend.ts';
import { doctor } from './doctor.ts';
import { loadForecasterIn, OutputFolder } from './forecast/folder.ts';
import { forecastIn, type NamedScore, verdictOf } from './forecast/forecast.ts';
import { AbortedError, type ForecastOptions } from './forecast/options.ts';
import { preparationNames } from './forecast/preparation.ts';
import { trailingNotes } from './forecast/series.ts';
import { onCommandLine } from './forecast/wording.ts';
import { counted, formatCsv, formatNumber, formatTable } from './format.ts';
import { type ProbeOptions, probeLayers } from './probe.ts';

/** Where the program writes, and reads what has no file. */
export interface Streams {
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Options of every command that reads a series. */
type SeriesFlag = 'time' | 'fill' | 'missing' | 'decimal';

/** Options of `lstm forecast` as commander gives them. */
type ForecastFlags = Pick<ForecastOptions, SeriesFlag | 'features' | 'transform' | 'season'> & {
  readonly target: string;
  readonly window: number;
  readonly horizon: number;
  readonly units: number;
  readonly epochs: number;
  readonly seed: number;
  readonly backend: (typeof backendNames)[number];
  readonly out?: string;
};

function integer(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`It is an integer of at least ${minimum}.`);
  };
}

/** Resolves to the text of a file, or of the standard input, which is called `-`. */
async function readCsvFile(path: string, stdin: AsyncIterable<Uint8Array | string> = process.stdin): Promise<string> {
  if (path === '-') return text(Readable.from(stdin));
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DataError('lstm', `${path} cannot be read (${code}).`, 'It is a CSV file.', 'Check the path.', { cause });
  }
}

/**
 * Returns the scores as a table.
 *
 * @example
 * ```ts
 * import { scoreTable } from '@lstm/cli';
 *
 * console.log(scoreTable([{ name: 'LSTM', mae: 1.5, rmse: 2, mase: 0.75, maeByStep: [1.5] }]));
 * // => on the test part    MAE   RMSE    MASE
 * //    LSTM              1.500  2.000  0.7500
 * ```
 */
export function scoreTable(scores: readonly NamedScore[]): string {
  const rows = scores.map(({ name, mae, rmse, mase }) => [name, ...[mae, rmse, mase].map(formatNumber)]);
  return formatTable([['on the test part', 'MAE', 'RMSE', 'MASE'], ...rows]);
}

async function runForecast(file: string, flags: ForecastFlags, { stdin, stdout, stderr }: Streams): Promise<void> {
  const name = file === '-' ? 'stdin' : basename(file).replace(/\.[^.]*$/, '');
  const { out = `${name}-forecast`, backend, ...options } = flags;
  const csv = await readCsvFile(file, stdin);
  const folder = await OutputFolder.open(out, onCommandLine);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  try {
    const used = await chooseBackend(backend);
    stdout.write(`backend: ${used.name}\n`);
    const result = await forecastIn(onCommandLine, {
      ...options,
      csv,
      signal: abort.signal,
      log: (line) => stdout.write(`${line}\n`),
      callbacks: [progressBar({ write: (text) => stderr.write(text), redraw: stderr.isTTY === true })],
    });
    await folder.write(result);
    stdout.write(`\n${scoreTable(result.scores)}\n\n${verdictOf(result.scores)}\n\n`);
    const ahead = result.future.dates.map((date, i) => [date, formatNumber(result.future.values[i] as number)]);
    stdout.write(`${formatTable([['ahead', result.series.columns[0] as string], ...ahead])}\n\n`);
    stdout.write(`wrote ${out}/: report.html (open it), forecast.csv, forecast.json, model.safetensors\n`);
  } finally {
    process.off('SIGINT', stop);
    await folder.discard();
  }
}

async function runPredict(
  folder: string,
  file: string,
  flags: Pick<ForecastOptions, SeriesFlag> & { readonly backend: (typeof backendNames)[number] },
  { stdin, stdout, stderr }: Streams,
): Promise<void> {
  const { backend, ...source } = flags;
  await chooseBackend(backend);
  const forecaster = await loadForecasterIn(onCommandLine, folder);
  const future = await forecaster.forecast({ ...source, csv: await readCsvFile(file, stdin) });
  if (future.filled > 0) stderr.write(`${counted(future.filled, 'value')} filled\n`);
  for (const note of trailingNotes(forecaster.columns, future)) stderr.write(`${note}\n`);
  stdout.write(formatCsv(forecaster.columns[0] as string, future));
}

function withSeriesFlags(command: Command, time: string): Command {
  return command
    .option('--time <column>', `column of dates, or none to count rows (default: ${time})`)
    .option('--missing <cells...>', 'cells that stand for a missing value, besides empty ones, NA and the like')
    .addOption(new Option('--decimal <mark>', 'decimal mark of the numbers').choices(['.', ',']).default('.'))
    .addOption(new Option('--fill <method>', 'fill missing values and steps').choices(['linear', 'previous']))
    .addOption(new Option('--backend <name>', 'where to compute').choices(backendNames).default('auto'));
}

/** Options that take every word up to the next option, and so a file that stands behind them. */
const greedy = ['--features', '--missing'];

function programOf(streams: Streams): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const program = new Command('lstm')
    .description('Recurrent networks: forecast a series from a CSV file, and check this machine')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    });
  withSeriesFlags(
    program
      .command('forecast')
      .description('train on a column of a CSV file and write a forecast, a report and the model')
      .usage('<file> --target <column> [options]')
      .argument('<file>', 'CSV file: a line of names, then one row per step, in order of time; - is the standard input')
      .requiredOption('--target <column>', 'column to forecast')
      .option('--features <columns...>', 'further columns that the network sees')
      .option('--window <steps>', 'steps to look back', integer(1), 36)
      .option('--horizon <steps>', 'steps to forecast', integer(1), 12)
      .option('--units <number>', 'units of the LSTM', integer(1), 32)
      .addOption(
        new Option('--transform <name>', 'how the target is prepared')
          .choices(['auto', ...preparationNames])
          .default('auto', 'auto: what does best on the validation part'),
      )
      .option('--season <steps>', 'steps in a cycle (default: what the dates suggest)', integer(1))
      .option('--epochs <number>', 'most passes over the training part', integer(1), 100)
      .option('--seed <number>', 'seed of weights and order', integer(0), 0)
      .option('--out <folder>', 'where to write (default: <file>-forecast)'),
    'the first column of dates',
  ).action((file: string, flags: ForecastFlags) => runForecast(file, flags, streams));
  withSeriesFlags(
    program
      .command('predict')
      .description('forecast with a model that was written before, from newer values; prints CSV')
      .usage('<folder> <file> [options]')
      .argument('<folder>', 'folder that lstm forecast wrote')
      .argument('<file>', 'CSV file with the columns of the training; - is the standard input'),
    'that of the training',
  ).action((folder: string, file: string, flags) => runPredict(folder, file, flags, streams));
  program
    .command('doctor')
    .description('show which backends load here, and how fast they are on a network of your shape')
    .addOption(new Option('--layer <type>', 'its recurrent layer').choices(probeLayers).default('lstm'))
    .option('--units <number>', 'its units', integer(1), 64)
    .option('--batch <sequences>', 'sequences at a time', integer(1), 32)
    .option('--time <steps>', 'steps of a sequence', integer(1), 32)
    .option('--features <number>', 'values of a step', integer(1), 16)
    .action(async (shape: ProbeOptions) => void streams.stdout.write(`${await doctor(shape)}\n`));
  return program;
}

/**
 * Runs the program and resolves to its exit code: 0, 1 for what should not happen, 2 for input that is not usable, which is one
 * line on `stderr`, 130 when it was interrupted.
 *
 * @param args - without the names of Node and the program
 *
 * @example
 * ```ts
 * import { run } from '@lstm/cli';
 *
 * let told = '';
 * const stream = { write: (text: string) => (told += text) };
 * const code = await run(['forecast', 'sales.csv', '--target', 'sales'], { stdout: stream, stderr: stream });
 * console.log(code, told.trim()); // => 2 [lstm] sales.csv cannot be read (ENOENT). It is a CSV file. Check the path.
 * ```
 */
export async function run(args: readonly string[], streams: Streams = process): Promise<number> {
  try {
    await programOf(streams).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written its line, and help is no failure.
    if (error instanceof CommanderError) {
      const taker = greedy.find((option) => args.includes(option));
      if (error.code === 'commander.missingArgument' && taker !== undefined) {
        streams.stderr.write(`${taker} takes every word up to the next option: write the file first.\n`);
      }
      return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof AbortedError) {
      streams.stderr.write(`${error.message} Nothing was written.\n`);
      return 130;
    }
    if (error instanceof LstmError) {
      streams.stderr.write(`${error.message}\n`);
      return 2;
    }
    streams.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}
