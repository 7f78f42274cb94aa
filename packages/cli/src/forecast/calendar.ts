import { DataError } from '@lstm/core';

/** The rhythm of a series: how its dates follow each other. */
export interface Calendar {
  /** `month`, `day`, `business day`, `hour`, `15 minutes`, … */
  readonly unit: string;
  /** Steps in a cycle that such series usually have, such as 12 for months; 1 where none is usual. */
  readonly season: number;
  /** Returns the dates of the `count` steps after the last one, written as the others are. */
  next(count: number): readonly string[];
}

/** Returns what several steps of a unit are called: `months`, `steps of 15 minutes`. */
export function unitsOf(unit: string): string {
  return /^\d/.test(unit) ? `steps of ${unit}` : `${unit}s`;
}

/** Dates with their calendar; a step that the dates leave out has no row. */
export interface Timeline {
  readonly calendar: Calendar;
  /** Every step from the first date to the last, as text. */
  readonly dates: readonly string[];
  /** For each step its row in the table, or undefined where it is missing. */
  readonly rows: readonly (number | undefined)[];
}

interface Moment {
  readonly ms: number;
  /** Characters of the date, without the zone. */
  readonly length: number;
  /** Writes a time as this one was written. */
  readonly write: (ms: number) => string;
}

const dayMs = 86_400_000;
const isoDate = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:([ T])(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z?))?)?)?$/;

/**
 * Returns the moment that a cell in ISO 8601 names, or undefined. Times without a zone are read as UTC, digits beyond milliseconds are
 * not read.
 */
function momentOf(cell: string): Moment | undefined {
  const match = isoDate.exec(cell.trim());
  if (match === null) return undefined;
  const [, year, month, day, separator, hour, minute, second, fraction = '', zone = ''] = match;
  const numbers = [year, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const [y = 0, m = 1, d = 1, h = 0, min = 0, s = 0] = numbers;
  const ms = Date.UTC(y, m - 1, d, h, min, s, Number(fraction.slice(1, 4).padEnd(3, '0')));
  if (m < 1 || new Date(ms).getUTCMonth() !== m - 1 || h > 23 || min > 59) return undefined;
  const length = second ? 19 + fraction.length : minute ? 16 : day ? 10 : month ? 7 : 4;
  return {
    ms,
    length,
    write: (time) =>
      new Date(time)
        .toISOString()
        .slice(0, Math.min(length, 23))
        .padEnd(length, '0')
        .replace('T', separator ?? 'T') + zone,
  };
}

/** Returns true when every cell is a date in ISO 8601. */
export function areDates(cells: readonly string[]): boolean {
  return cells.every((cell) => momentOf(cell) !== undefined);
}

/** A way to count steps: `index` and `time` are inverses on the steps. */
interface Grid {
  readonly unit: string;
  readonly season: number;
  /** The number of the step, an integer where the time is on the grid. */
  index(ms: number): number;
  time(index: number): number;
}

const timeOfDay = (ms: number): number => ms - Math.floor(ms / dayMs) * dayMs;
const lastDayOf = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** A day of the month, or the last one of months that are shorter. */
function monthGrid(first: number, months: number, day: number): Grid {
  const count = (ms: number): number => new Date(ms).getUTCFullYear() * 12 + new Date(ms).getUTCMonth();
  const start = count(first);
  const units: Readonly<Record<number, string>> = { 1: 'month', 3: 'quarter', 12: 'year' };
  const time = (index: number): number => {
    const year = Math.floor((start + index * months) / 12);
    const month = (start + index * months) % 12;
    return Date.UTC(year, month, Math.min(day, lastDayOf(year, month))) + timeOfDay(first);
  };
  return {
    unit: units[months] ?? `${months} months`,
    season: 12 % months === 0 ? 12 / months : 1,
    index: (ms) => {
      const index = (count(ms) - start) / months;
      return Number.isInteger(index) && time(index) === ms ? index : Number.NaN;
    },
    time,
  };
}

/** Steps of equal length in milliseconds. */
function fixedGrid(first: number, step: number): Grid {
  const names: readonly (readonly [number, string])[] = [
    [7 * dayMs, 'week'],
    [dayMs, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ];
  const [length, name] = names.find(([each]) => step % each === 0) ?? [1, 'millisecond'];
  const many = step / length;
  const season = step === 7 * dayMs ? 52 : step === dayMs ? 7 : step < dayMs && dayMs % step === 0 ? dayMs / step : 1;
  return {
    unit: many === 1 ? name : `${many} ${name}s`,
    season,
    index: (ms) => (ms - first) / step,
    time: (index) => first + index * step,
  };
}

/** Mondays to Fridays. */
function businessGrid(first: number): Grid {
  const days = (ms: number): number => Math.floor(ms / dayMs);
  const start = (new Date(first).getUTCDay() + 6) % 7;
  const monday = days(first) - start;
  return {
    unit: 'business day',
    season: 5,
    index: (ms) => {
      const since = days(ms) - monday;
      return Math.floor(since / 7) * 5 + (since % 7) - start;
    },
    time: (index) => {
      const at = start + index;
      return (monday + Math.floor(at / 5) * 7 + (at % 5)) * dayMs + timeOfDay(first);
    },
  };
}

function gridOf(times: readonly number[]): Grid {
  const first = times[0] as number;
  const steps = times.slice(1).map((time, i) => time - (times[i] as number));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] as number;
  const dates = times.map((time) => new Date(time));
  const shortened = (date: Date, day: number): number =>
    Math.min(day, lastDayOf(date.getUTCFullYear(), date.getUTCMonth()));
  const greatest = dates.reduce((day, date) => Math.max(day, date.getUTCDate()), 1);
  // Ends of months of 30 days alone are ends of months too.
  const day = [31, greatest].find((each) => dates.every((date) => date.getUTCDate() === shortened(date, each)));
  if (usual >= 28 * dayMs && day !== undefined) return monthGrid(first, Math.round(usual / (30.44 * dayMs)), day);
  const weekdays = dates.every((date) => date.getUTCDay() !== 0 && date.getUTCDay() !== 6);
  if (usual === dayMs && weekdays && times.length > 5) return businessGrid(first);
  return fixedGrid(first, usual);
}

/**
 * Returns the timeline of dates in ISO 8601, with the steps that they leave out.
 *
 * @param cells - at least two dates, ascending
 * @param lineOf - the line of a row in the file, for errors
 * @throws DataError when a date cannot be read, does not rise, or is off the rhythm of the others
 */
export function timelineOf(where: string, cells: readonly string[], lineOf: (row: number) => number): Timeline {
  const moments = cells.map((cell, row) => {
    const moment = momentOf(cell);
    if (moment !== undefined) return moment;
    throw new DataError(
      where,
      `line ${lineOf(row)}: ${JSON.stringify(cell)} is not a date.`,
      'Dates are written 2020-01-31, 2020-01 or 2020-01-31 18:00.',
      'Rewrite them, or count rows instead: --time none.',
    );
  });
  const times = moments.map(({ ms }) => ms);
  const late = times.findIndex((time, row) => row > 0 && time <= (times[row - 1] as number));
  if (late > 0) {
    const same = times[late] === times[late - 1];
    throw new DataError(
      where,
      `line ${lineOf(late)}: ${cells[late]} ${same ? `stands in line ${lineOf(late - 1)} as well` : `comes after ${cells[late - 1]}`}.`,
      same ? 'Each step has one row.' : 'Rows are in order of time.',
      same ? 'Keep one of them, or one series of several in the file.' : 'Sort the file by its dates.',
    );
  }
  const grid = gridOf(times);
  const indices = times.map((time) => grid.index(time));
  const off = indices.findIndex((index, row) => !Number.isInteger(index) || index <= (indices[row - 1] ?? -1));
  if (off >= 0) {
    throw new DataError(
      where,
      `line ${lineOf(off)}: ${cells[off]} is not a whole number of ${unitsOf(grid.unit)} after ${cells[0]}.`,
      'A series has one value per step of time, and most of its steps are of one length.',
      'Resample it to even steps, or count rows instead: --time none.',
    );
  }
  // Some programs leave out what is zero: the longest date tells how all are written.
  const { write } = moments.reduce((a, b) => (b.length > a.length ? b : a));
  const count = (indices.at(-1) as number) + 1;
  const rows = Array<number | undefined>(count).fill(undefined);
  for (const [row, index] of indices.entries()) rows[index] = row;
  const dateAt = (index: number): string => write(grid.time(index));
  return {
    calendar: {
      unit: grid.unit,
      season: grid.season,
      next: (steps) => Array.from({ length: steps }, (_, i) => dateAt(count + i)),
    },
    dates: rows.map((_, index) => dateAt(index)),
    rows,
  };
}
