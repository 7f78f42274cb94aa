import { DataError, type HostArray } from '@lstm/core';
import { defaultMissing, type FillMethod, fillGaps, readCsv, type Table } from '@lstm/data';
import { counted } from '../format.ts';
import { areDates, areMostlyDates, type Calendar, type Timeline, timelineOf } from './calendar.ts';
import { inCode, type Wording } from './wording.ts';

/** Where a series stands in a CSV text. */
export interface SeriesSource {
  /** The CSV text. */
  readonly csv: string;
  /** Column to forecast. */
  readonly target: string;
  /** Columns besides the target that the network sees. Default none. */
  readonly features?: readonly string[] | undefined;
  /** Column of dates, or `none` to count rows. Default the first column of dates, where there is one. */
  readonly time?: string | undefined;
  /** Cells that stand for a missing value besides the usual ones, such as an empty cell or `NA`. */
  readonly missing?: readonly string[] | undefined;
  /** Decimal mark of the numbers. Default `.`. */
  readonly decimal?: '.' | ',' | undefined;
  /** How missing values and steps are filled. By default they are refused. */
  readonly fill?: FillMethod | undefined;
}

/** A series at even steps without gaps. */
export interface Series {
  /** `[time, columns]`, the target first. */
  readonly values: HostArray<Float64Array>;
  readonly columns: readonly string[];
  /** The line of each step in the file, undefined where the file leaves the step out. */
  readonly lines: readonly (number | undefined)[];
  /** The column of dates, or `none` where rows are counted. */
  readonly time: string;
  /** The date of each step, or its number from 1. */
  readonly dates: readonly string[];
  /** Whether the dates were turned into UTC, as they are where their offsets vary. */
  readonly inUtc: boolean;
  readonly calendar: Calendar;
  /** Values that were missing in the file. */
  readonly filled: number;
  /** For each step whether its target was missing in the file. */
  readonly guessed: readonly boolean[];
  /** For each step whether one of its values was filled by what came later. */
  readonly foreseen: readonly boolean[];
  /** Rows at the end of the file that hold no target and are left out: the forecast begins there. */
  readonly trailing: number;
  /** Those of them that hold a feature. It is not used, for the network looks back alone. */
  readonly unusedFeatures: number;
}

const where = 'forecast';

/**
 * Returns the column of dates: the one asked for, else the first of those that the network does not see, else one of which most cells are
 * dates of some kind, which is refused with its line when it is read.
 */
function timeColumn(table: Table, asked: string | undefined, seen: readonly string[]): string | undefined {
  if (asked === 'none') return undefined;
  if (asked !== undefined) return table.column(asked).name;
  const others = table.columns.filter(({ name }) => !seen.includes(name));
  const dates = others.find((column) => {
    const { kind, cells } = column;
    if (!areDates(cells)) return false;
    if (kind === 'text') return true;
    // Numbers of four digits are years where they come first and rise.
    return column === table.columns[0] && cells.every((cell, i) => i === 0 || Number(cell) > Number(cells[i - 1]));
  });
  return (dates ?? others.find(({ kind, cells }) => kind === 'text' && areMostlyDates(cells)))?.name;
}

/** Rows without dates: every row is a step. */
function rowTimeline(count: number): Timeline {
  const numbers = (from: number, length: number): string[] => Array.from({ length }, (_, i) => String(from + i));
  return {
    dates: numbers(1, count),
    calendar: { unit: 'row', season: 1, next: (steps) => numbers(count + 1, steps) },
    rows: Array.from({ length: count }, (_, row) => row),
    inUtc: false,
  };
}

/** Returns the rows up to the last one with a target, which is the first column. */
function rowsWithTarget({ data, shape: [rows = 0, width = 1] }: HostArray, target: string): number {
  for (let row = rows; row > 0; row--) if (!Number.isNaN(data[(row - 1) * width])) return row;
  throw new DataError(
    where,
    `column ${target} holds no value.`,
    'A forecast is learnt from values.',
    'Check the file.',
  );
}

/** Returns how many rows from `start` on hold a feature. */
function rowsWithFeature({ data, shape: [rows = 0, width = 1] }: HostArray, start: number): number {
  const after = Array.from({ length: rows - start }, (_, i) =>
    data.subarray((start + i) * width, (start + i + 1) * width),
  );
  return after.filter((row) => row.some((value) => !Number.isNaN(value))).length;
}

/** Returns for each step whether a value is filled by what comes later: on the line to it, or at the start. */
function foreseenOf({ data, shape: [time = 0, width = 1] }: HostArray, fill: FillMethod | undefined): boolean[] {
  const foreseen = Array<boolean>(time).fill(false);
  for (let column = 0; column < width; column++) {
    const known = foreseen.map((_, step) => !Number.isNaN(data[step * width + column]));
    const until = fill === 'linear' ? known.lastIndexOf(true) : known.indexOf(true);
    for (let step = 0; step < until; step++) if (!known[step]) foreseen[step] = true;
  }
  return foreseen;
}

/**
 * Reads a series from a CSV text. It ends with the last value of the target.
 *
 * @throws DataError when a column is missing or holds text, a value or a step is missing and `fill` is not given, or the dates cannot
 * be read or do not rise in even steps; it names line and column
 */
export function readSeries(
  { csv, target, features = [], time, fill, missing = [], decimal = '.' }: SeriesSource,
  wording: Wording = inCode,
): Series {
  const table = readCsv(csv, { decimal, missing: [...defaultMissing, ...missing], advice: wording.csv });
  const orCount = `, or count rows instead: ${wording.option('time', 'none')}`;
  const columns = [target, ...features.filter((name) => name !== target)];
  const dateColumn = timeColumn(table, time, columns);
  const values = table.numbers(columns, { allowGaps: true });
  const count = rowsWithTarget(values, target);
  const gaps = table.gaps(columns).filter(({ row }) => row < count);
  const [gap] = gaps;
  if (gap !== undefined && fill === undefined) {
    const more = gaps.length > 1 ? `, and ${gaps.length - 1} more ${gaps.length > 2 ? 'are' : 'is'}` : '';
    throw gapError(`line ${gap.line}, column ${gap.column}: the value is missing${more}.`, wording, '');
  }
  if (dateColumn !== undefined && count < 3) throw tooShort(count);
  const { calendar, dates, rows, inUtc } =
    dateColumn === undefined
      ? rowTimeline(count)
      : timelineOf(where, table.text(dateColumn).slice(0, count), (row) => table.lineOf(row), orCount);
  const absent = rows.flatMap((row, step) => (row === undefined ? [step] : []));
  if (absent.length > 0 && fill === undefined) {
    const first = absent[0] as number;
    const more = absent.length > 1 ? `, and ${absent.length - 1} more ${absent.length > 2 ? 'are' : 'is'}` : '';
    throw gapError(
      `${calendar.unit} ${dates[first]} is missing after line ${table.lineOf(rows[first - 1] as number)}${more}.`,
      wording,
      orCount,
    );
  }
  const width = columns.length;
  const data = new Float64Array(rows.length * width).fill(Number.NaN);
  for (const [step, row] of rows.entries()) {
    if (row !== undefined) data.set(values.data.subarray(row * width, (row + 1) * width), step * width);
  }
  const even: HostArray<Float64Array> = { data, shape: [rows.length, width] };
  return {
    values: fill === undefined ? even : (fillGaps(even, fill) as HostArray<Float64Array>),
    columns,
    lines: rows.map((row) => (row === undefined ? undefined : table.lineOf(row))),
    time: dateColumn ?? 'none',
    dates,
    inUtc,
    calendar,
    filled: gaps.length + absent.length * width,
    guessed: rows.map((_, step) => Number.isNaN(data[step * width])),
    foreseen: foreseenOf(even, fill),
    trailing: table.rowCount - count,
    unusedFeatures: rowsWithFeature(values, count),
  };
}

function gapError(fact: string, { option }: Wording, instead: string): DataError {
  return new DataError(
    where,
    fact,
    'A series has a value at every step.',
    `Fill the gaps: ${option('fill', 'linear')} (between neighbours) or ${option('fill', 'previous')} (the value before)${instead}.`,
  );
}

function tooShort(rows: number): DataError {
  const rule = 'A series has at least three rows.';
  return new DataError(where, `the file holds ${counted(rows, 'row')}.`, rule, 'Check the file.');
}

/** Returns what is told of rows at the end that hold no target, a line for each fact; none where there are no such rows. */
export function trailingNotes(
  [target, ...features]: readonly string[],
  { trailing, unusedFeatures }: Pick<Series, 'trailing' | 'unusedFeatures'>,
): readonly string[] {
  if (trailing === 0) return [];
  const rows = trailing === 1 ? 'the last row holds' : `the last ${trailing} rows hold`;
  const begins = `${rows} no ${target}: the forecast begins there`;
  if (unusedFeatures === 0) return [begins];
  const known = `${counted(unusedFeatures, 'row')} there with ${features.join(', ')}`;
  return [begins, `not used: ${known}, for the network sees features up to the last ${target} alone`];
}
