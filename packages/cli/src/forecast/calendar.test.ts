import { describe, expect, it } from 'vitest';
import { areDates, areMostlyDates, stepsOf, timelineOf } from './calendar.ts';

const timeline = (...cells: string[]) => timelineOf('forecast', cells, (row) => row + 2, ', or count rows');

describe('timelineOf', () => {
  it.each<[string, string[], string, number, string[]]>([
    ['months', ['2020-11', '2020-12', '2021-01'], 'month', 12, ['2021-02', '2021-03']],
    ['months by day', ['2020-01-15', '2020-02-15', '2020-03-15'], 'month', 12, ['2020-04-15', '2020-05-15']],
    ['ends of months', ['2019-12-31', '2020-01-31', '2020-02-29'], 'month', 12, ['2020-03-31', '2020-04-30']],
    [
      'months by the day 30',
      ['2020-09-30', '2020-10-30', '2020-11-30', '2020-12-30', '2021-01-30'],
      'month',
      12,
      ['2021-02-28', '2021-03-30', '2021-04-30'],
    ],
    ['months by the day 30, from February', ['2020-02-29', '2020-03-30', '2020-04-30'], 'month', 12, ['2020-05-30']],
    [
      'months before 1970',
      ['1960-01-15 18:00', '1960-02-15 18:00', '1960-03-15 18:00'],
      'month',
      12,
      ['1960-04-15 18:00'],
    ],
    ['quarters', ['2020-01', '2020-04', '2020-07'], 'quarter', 4, ['2020-10', '2021-01']],
    ['years', ['1999', '2000', '2001'], 'year', 1, ['2002', '2003']],
    ['weeks', ['2020-02-20', '2020-02-27', '2020-03-05'], 'week', 52, ['2020-03-12', '2020-03-19']],
    ['days', ['2020-02-27', '2020-02-28', '2020-02-29'], 'day', 7, ['2020-03-01', '2020-03-02']],
    ['hours', ['2020-01-01 22:00', '2020-01-01 23:00', '2020-01-02 00:00'], 'hour', 24, ['2020-01-02 01:00']],
    [
      'quarters of hours',
      ['2020-01-01T00:00Z', '2020-01-01T00:15Z', '2020-01-01T00:30Z'],
      '15 minutes',
      96,
      ['2020-01-01T00:45Z'],
    ],
    [
      'parts of seconds',
      ['2020-01-01T00:00:00.000', '2020-01-01T00:00:00.500', '2020-01-01T00:00:01.000'],
      '500 milliseconds',
      172_800,
      ['2020-01-01T00:00:01.500'],
    ],
    [
      'microseconds that are zero',
      ['2020-01-01 00:00:00.000000Z', '2020-01-01 00:00:01.000000Z', '2020-01-01 00:00:02.000000Z'],
      'second',
      86_400,
      ['2020-01-01 00:00:03.000000Z'],
    ],
    [
      'business days before 1970',
      [
        '1969-12-24 16:00',
        '1969-12-25 16:00',
        '1969-12-26 16:00',
        '1969-12-29 16:00',
        '1969-12-30 16:00',
        '1969-12-31 16:00',
      ],
      'business day',
      5,
      ['1970-01-01 16:00', '1970-01-02 16:00', '1970-01-05 16:00'],
    ],
    [
      'business days',
      ['2020-01-01', '2020-01-02', '2020-01-03', '2020-01-06', '2020-01-07', '2020-01-08', '2020-01-09', '2020-01-10'],
      'business day',
      5,
      ['2020-01-13', '2020-01-14'],
    ],
    [
      'hours of a zone',
      ['2020-01-01T00:00:00+02:00', '2020-01-01T01:00:00+02:00', '2020-01-01T02:00:00+02:00'],
      'hour',
      24,
      ['2020-01-01T03:00:00+02:00'],
    ],
    [
      'months of a zone, by its clock',
      ['2020-01-01 00:00-0530', '2020-02-01 00:00-0530', '2020-03-01 00:00-0530'],
      'month',
      12,
      ['2020-04-01 00:00-0530'],
    ],
  ])('finds %s', (_, cells, unit, season, next) => {
    const { calendar, dates, rows } = timeline(...cells);
    expect([calendar.unit, calendar.season]).toEqual([unit, season]);
    expect(calendar.next(next.length)).toEqual(next);
    expect(dates).toEqual(cells);
    expect(rows).toEqual(cells.map((__, row) => row));
  });

  it('writes every date like the longest', () => {
    const { dates, calendar } = timeline('2020-01-01', '2020-01-01 00:00:00.5', '2020-01-01 00:00:01');
    expect(dates).toEqual(['2020-01-01 00:00:00.0', '2020-01-01 00:00:00.5', '2020-01-01 00:00:01.0']);
    expect(calendar.next(1)).toEqual(['2020-01-01 00:00:01.5']);
  });

  it('counts in UTC where offsets vary', () => {
    const { dates, calendar, rows, inUtc } = timeline(
      '2024-03-31T00:00+01:00',
      '2024-03-31T01:00+01:00',
      '2024-03-31T03:00+02:00',
      '2024-03-31T04:00+02',
      '2024-03-31T06:00+02:00',
    );
    expect(inUtc).toBe(true);
    expect(rows).toEqual([0, 1, 2, 3, undefined, 4]);
    expect([dates[0], dates[2], calendar.next(1)[0]]).toEqual([
      '2024-03-30T23:00Z',
      '2024-03-31T01:00Z',
      '2024-03-31T05:00Z',
    ]);
    expect(timeline('2020-01-01T00:00Z', '2020-01-01T01:00+00:00', '2020-01-01T02:00Z').inUtc).toBe(false);
  });

  it('finds the steps that are missing', () => {
    const { dates, rows } = timeline('2020-01', '2020-02', '2020-03', '2020-05', '2020-06');
    expect(dates).toEqual(['2020-01', '2020-02', '2020-03', '2020-04', '2020-05', '2020-06']);
    expect(rows).toEqual([0, 1, 2, undefined, 3, 4]);
  });

  it('teaches what is wrong with dates', () => {
    expect(() => timeline('2020-01-01', '2020-13-01')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] line 3: "2020-13-01" is not a date. Dates are written 2020-01-31, 2020-01 or 2020-01-31 18:00, with a zone, as in 2020-01-31T18:00+02:00, or without. Rewrite them, or count rows.]`,
    );
    expect(() => timeline('2020-02', '2020-01', '2020-03')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] line 3: 2020-01 comes after 2020-02. Rows are in order of time. Sort the file by its dates.]`,
    );
    expect(() => timeline('2020-01', '2020-01', '2020-03')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] line 3: 2020-01 stands in line 2 as well. Each step has one row. Keep one of them, or one series of several in the file.]`,
    );
    expect(() =>
      timeline('2020-01-01', '2020-01-02', '2020-01-03', '2020-01-03 07:00'),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] line 5: 2020-01-03 07:00 is not a whole number of days after 2020-01-01. A series has one value per step of time, and most of its steps are of one length. Resample it to even steps, or count rows.]`,
    );
    expect(() =>
      timeline('2024-03-30T00:00+01:00', '2024-03-31T00:00+01:00', '2024-04-01T00:00+02:00', '2024-04-02T00:00+02:00'),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] line 4: 2024-04-01T00:00+02:00 is not a whole number of days after 2024-03-30T00:00+01:00, counted in UTC since their offsets vary. A series has one value per step of time, and most of its steps are of one length. Write dates of the place, without zones, or count rows.]`,
    );
    expect(() =>
      timeline('2020-01-01T00:00', '2020-01-01T01:00Z', '2020-01-01T02:00Z'),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] line 2: 2020-01-01T00:00 names no zone, line 3 does: 2020-01-01T01:00Z. All dates have a zone, such as Z or +02:00, or none has. Write all dates alike.]`,
    );
    expect(() => timeline('2020-01-01T00:00Z', '2020-01-01T01:00', '2020-01-01T02:00Z')).toThrow(
      'line 3: 2020-01-01T01:00 names no zone, line 2 does: 2020-01-01T00:00Z.',
    );
    expect(() => timeline('2020-01-01 00:00', '2020-01-01 00:15', '2020-01-01 00:30', '2020-01-01 00:35')).toThrow(
      'line 5: 2020-01-01 00:35 is not a whole number of steps of 15 minutes after 2020-01-01 00:00.',
    );
  });
});

describe('areDates', () => {
  it('takes ISO 8601 alone', () => {
    expect(areDates(['2020-01-31', '2020-02-29'])).toBe(true);
    expect(areDates(['2021-02-29'])).toBe(false);
    expect(areDates(['1/2/2020'])).toBe(false);
    expect(areDates(['rain'])).toBe(false);
    expect(areDates(['2020-01-01T00:00+24:00'])).toBe(false);
    expect(areDates(['2020-01-01T00:00:60Z'])).toBe(false);
  });

  it('takes numbers of four digits for years from 1000 to 2200', () => {
    expect(areDates(['1000', '2200'])).toBe(true);
    expect(areDates(['0999'])).toBe(false);
    expect(areDates(['2201'])).toBe(false);
  });
});

describe('areMostlyDates', () => {
  it.each([
    ['31.12.2024', true],
    ['12/31/2024', true],
    ['1/2/24 18:00', true],
    ['2024/01/31', true],
    ['2024-1-5', true],
    ['2024-01-31', true],
    ['192.168.1.1', false],
    ['1.5', false],
    ['555-1234', false],
    ['rain', false],
  ])('tells whether %s is a date', (cell, is) => {
    expect(areMostlyDates([cell, cell, ''])).toBe(is);
    expect(areMostlyDates([cell, ''])).toBe(false);
  });
});

describe('stepsOf', () => {
  it.each([
    [1, 'day', '1 day'],
    [2, 'business day', '2 business days'],
    [1, 'business day', '1 business day'],
    [1, '15 minutes', '1 step of 15 minutes'],
    [4, '15 minutes', '4 steps of 15 minutes'],
  ])('writes %i of %s', (count, unit, text) => {
    expect(stepsOf(count, unit)).toBe(text);
  });
});
