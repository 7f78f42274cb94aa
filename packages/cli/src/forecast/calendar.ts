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
function unitsOf(unit: string): string {
  return /^\d/.test(unit) ? `steps of ${unit}` : `${unit}s`;
}

/** Returns a number of steps in words: `1 month`, `3 months`, `1 step of 15 minutes`. */
export function stepsOf(count: number, unit: string): string {
  const one = /^\d/.test(unit) ? `step of ${unit}` : unit;
  return `${count} ${count === 1 ? one : unitsOf(unit)}`;
}

/** Dates with their calendar; a step that the dates leave out has no row. */
export interface Timeline {
  readonly calendar: Calendar;
  /** Every step from the first date to the last, as text. */
  readonly dates: readonly string[];
  /** For each step its row in the table, or undefined where it is missing. */
  readonly rows: readonly (number | undefined)[];
  /** Whether the dates were turned into UTC, as they are where their offsets vary. */
  readonly inUtc: boolean;
}

interface Moment {
  /** What a clock at the place shows, in milliseconds as if it were UTC. */
  readonly wall: number;
  /** What that clock is ahead of UTC, in milliseconds, or undefined without a zone. */
  readonly offset: number | undefined;
  /** Characters of the date, without the zone. */
  readonly length: number;
  /** What stands between date and time. */
  readonly separator: string;
  /** The zone as it is written. */
  readonly zone: string;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
const isoDate =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:([ T])(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;
/** Dates as people write them: 31.12.2024, 12/31/24, 2024/12/31, 2024-1-5, with a time or without. */
const otherDate = /^(\d{1,2}([./-])\d{1,2}\2\d{2}(\d{2})?|\d{4}[./-]\d{1,2}([./-]\d{1,2})?)([ T,].*)?$/;
/** Numbers of four digits that pass for years. */
const years = { first: 1000, last: 2200 };

/** Returns what a zone is ahead of UTC, in milliseconds; NaN where there is no such zone. */
function offsetOf(zone: string): number {
  const [sign, hours, minutes] = [zone[0], Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (sign === '-' ? -1 : 1) * (60 * hours + minutes) * minuteMs;
}

/**
 * Returns the moment that a cell in ISO 8601 names, or undefined. Digits beyond milliseconds are not read, and a number alone is a year
 * from 1000 to 2200.
 */
function momentOf(cell: string): Moment | undefined {
  const match = isoDate.exec(cell.trim());
  if (match === null) return undefined;
  const [, year, month, day, separator = 'T', hour, minute, second, fraction = '', zone = ''] = match;
  const numbers = [year, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const [y = 0, m = 1, d = 1, h = 0, min = 0, s = 0] = numbers;
  const wall = Date.UTC(y, m - 1, d, h, min, s, Number(fraction.slice(1, 4).padEnd(3, '0')));
  if (m < 1 || new Date(wall).getUTCMonth() !== m - 1 || h > 23 || min > 59 || s > 59) return undefined;
  if (month === undefined && (y < years.first || y > years.last)) return undefined;
  const offset = zone === '' ? undefined : zone === 'Z' ? 0 : offsetOf(zone);
  if (Number.isNaN(offset)) return undefined;
  const length = second ? 19 + fraction.length : minute ? 16 : day ? 10 : month ? 7 : 4;
  return { wall, offset, length, separator, zone };
}

/** Writes what a clock shows as another moment was written. */
function written({ length, separator, zone }: Moment, wall: number): string {
  const text = new Date(wall).toISOString().slice(0, Math.min(length, 23)).padEnd(length, '0');
  return text.replace('T', separator) + zone;
}

/** Returns what a clock shows at a date that {@link timelineOf} wrote, in seconds as if it were UTC. */
export function wallSeconds(date: string): number {
  return (momentOf(date)?.wall ?? Number.NaN) / 1000;
}

/** Returns true when every cell is a date in ISO 8601. */
export function areDates(cells: readonly string[]): boolean {
  return cells.every((cell) => momentOf(cell) !== undefined);
}

/** Returns true when most cells are dates, in ISO 8601 or as people write them. */
export function areMostlyDates(cells: readonly string[]): boolean {
  const dates = cells.filter((cell) => momentOf(cell) !== undefined || otherDate.test(cell.trim()));
  return 2 * dates.length > cells.length;
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

/** Moments that can be compared: those of one clock, or where offsets vary, as after a change to summer time, those in UTC. */
function onOneClock(
  where: string,
  cells: readonly string[],
  moments: readonly Moment[],
  lineOf: (row: number) => number,
): readonly Moment[] {
  const [first] = moments;
  const other = moments.findIndex(({ offset }) => (offset === undefined) !== (first?.offset === undefined));
  if (other > 0) {
    const [zoned, bare] = first?.offset === undefined ? [other, 0] : [0, other];
    throw new DataError(
      where,
      `line ${lineOf(bare)}: ${cells[bare]} names no zone, line ${lineOf(zoned)} does: ${cells[zoned]}.`,
      'All dates have a zone, such as Z or +02:00, or none has.',
      'Write all dates alike.',
    );
  }
  if (moments.every(({ offset }) => offset === first?.offset)) return moments;
  return moments.map((moment) => ({ ...moment, wall: moment.wall - (moment.offset ?? 0), offset: 0, zone: 'Z' }));
}

/**
 * Returns the timeline of dates in ISO 8601, with the steps that they leave out. Where their offsets from UTC vary, it is that of UTC.
 *
 * @param cells - at least two dates, ascending
 * @param lineOf - the line of a row in the file, for errors
 * @param instead - what can be done besides correcting the dates, for errors
 * @throws DataError when a date cannot be read, does not rise, or is off the rhythm of the others
 */
export function timelineOf(
  where: string,
  cells: readonly string[],
  lineOf: (row: number) => number,
  instead: string,
): Timeline {
  const read = cells.map((cell, row) => {
    const moment = momentOf(cell);
    if (moment !== undefined) return moment;
    throw new DataError(
      where,
      `line ${lineOf(row)}: ${JSON.stringify(cell)} is not a date.`,
      'Dates are written 2020-01-31, 2020-01 or 2020-01-31 18:00, with a zone, as in 2020-01-31T18:00+02:00, or without.',
      `Rewrite them${instead}.`,
    );
  });
  const moments = onOneClock(where, cells, read, lineOf);
  const inUtc = moments !== read;
  const times = moments.map(({ wall }) => wall);
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
    const shifted = inUtc ? ', counted in UTC since their offsets vary' : '';
    throw new DataError(
      where,
      `line ${lineOf(off)}: ${cells[off]} is not a whole number of ${unitsOf(grid.unit)} after ${cells[0]}${shifted}.`,
      'A series has one value per step of time, and most of its steps are of one length.',
      `${inUtc ? 'Write dates of the place, without zones' : 'Resample it to even steps'}${instead}.`,
    );
  }
  // Some programs leave out what is zero: the longest date tells how all are written.
  const longest = moments.reduce((a, b) => (b.length > a.length ? b : a));
  const count = (indices.at(-1) as number) + 1;
  const rows = Array<number | undefined>(count).fill(undefined);
  for (const [row, index] of indices.entries()) rows[index] = row;
  const dateAt = (index: number): string => written(longest, grid.time(index));
  return {
    calendar: {
      unit: grid.unit,
      season: grid.season,
      next: (steps) => Array.from({ length: steps }, (_, i) => dateAt(count + i)),
    },
    dates: rows.map((_, index) => dateAt(index)),
    rows,
    inUtc,
  };
}
