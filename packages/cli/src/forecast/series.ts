import { DataError, type HostArray, hostArray } from '@lstm/core';
import { type CsvAdvice, defaultMissing, type FillMethod, fillGaps, readCsv, type Table } from '@lstm/data';
import { areDates, type Calendar, timelineOf } from './calendar.ts';

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
  /** The date of each step, or its number from 1. */
  readonly dates: readonly string[];
  readonly calendar: Calendar;
  /** Values that were missing in the file. */
  readonly filled: number;
}

const where = 'forecast';

/** What errors of the table tell to do: options of the program. */
const advice: CsvAdvice = {
  decimal: (mark) => `pass --decimal ${mark}`,
  missing: (cell) =>
    `pass --missing${cell.startsWith('-') ? '=' : ' '}${/^[\w./-]+$/.test(cell) ? cell : JSON.stringify(cell)}`,
  columnNames: () => 'write a line of names at the top of the file',
};

/** Returns the column of dates: the one asked for, else the first of those that the network does not see. */
function timeColumn(table: Table, asked: string | undefined, seen: readonly string[]): string | undefined {
  if (asked === 'none') return undefined;
  if (asked !== undefined) return table.column(asked).name;
  return table.columns.find(({ name, kind, cells }, i) => {
    if (seen.includes(name) || !areDates(cells)) return false;
    // Numbers of four digits are years where they come first and rise.
    return (
      kind === 'text' || (i === 0 && cells.every((cell, row) => row === 0 || Number(cell) > Number(cells[row - 1])))
    );
  })?.name;
}

/** Rows without dates: every row is a step. */
function rowCalendar(rows: number): Calendar {
  return { unit: 'row', season: 1, next: (count) => Array.from({ length: count }, (_, i) => String(rows + i + 1)) };
}

/**
 * Reads a series from a CSV text.
 *
 * @throws DataError when a column is missing or holds text, a value or a step is missing and `fill` is not given, or the dates do
 * not rise in even steps; it names line and column
 */
export function readSeries({
  csv,
  target,
  features = [],
  time,
  fill,
  missing = [],
  decimal = '.',
}: SeriesSource): Series {
  const table = readCsv(csv, { decimal, missing: [...defaultMissing, ...missing], advice });
  const columns = [target, ...features.filter((name) => name !== target)];
  const dateColumn = timeColumn(table, time, columns);
  const values = table.numbers(columns, { allowGaps: true });
  const gaps = table.gaps(columns);
  const [gap] = gaps;
  if (gap !== undefined && fill === undefined) {
    const more = gaps.length > 1 ? `, and ${gaps.length - 1} more are` : '';
    throw gapError(`line ${gap.line}, column ${gap.column}: the value is missing${more}.`);
  }
  if (dateColumn === undefined) {
    const dates = Array.from({ length: table.rowCount }, (_, row) => String(row + 1));
    return {
      values: complete(values, fill),
      columns,
      dates,
      calendar: rowCalendar(table.rowCount),
      filled: gaps.length,
    };
  }
  if (table.rowCount < 3) throw tooShort(table.rowCount);
  const cells = table.text(dateColumn);
  const { calendar, dates, rows } = timelineOf(where, cells, (row) => table.lineOf(row));
  const absent = rows.flatMap((row, step) => (row === undefined ? [step] : []));
  if (absent.length > 0 && fill === undefined) {
    const first = absent[0] as number;
    const more = absent.length > 1 ? `, and ${absent.length - 1} more ${absent.length > 2 ? 'are' : 'is'}` : '';
    throw gapError(
      `${calendar.unit} ${dates[first]} is missing after line ${table.lineOf(rows[first - 1] as number)}${more}.`,
    );
  }
  const width = columns.length;
  const even = new Float64Array(rows.length * width).fill(Number.NaN);
  for (const [step, row] of rows.entries()) {
    if (row !== undefined) even.set(values.data.subarray(row * width, (row + 1) * width), step * width);
  }
  return {
    values: complete(hostArray(even, [rows.length, width]) as HostArray<Float64Array>, fill),
    columns,
    dates,
    calendar,
    filled: gaps.length + absent.length * width,
  };
}

function complete(values: HostArray<Float64Array>, fill: FillMethod | undefined): HostArray<Float64Array> {
  return fill === undefined ? values : (fillGaps(values, fill) as HostArray<Float64Array>);
}

function gapError(fact: string): DataError {
  return new DataError(
    where,
    fact,
    'A series has a value at every step.',
    'Fill the gaps: --fill linear (between neighbours) or --fill previous (the value before).',
  );
}

function tooShort(rows: number): DataError {
  return new DataError(where, `the file holds ${rows} rows.`, 'A series has at least three.', 'Check the file.');
}
