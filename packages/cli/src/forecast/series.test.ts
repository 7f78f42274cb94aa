import { describe, expect, it } from 'vitest';
import { readSeries } from './series.ts';

const csv = (head: string, ...rows: string[]): string => [head, ...rows].join('\n');

/** Months from January 2020 with the given values. */
const months = (...values: readonly (number | string)[]): string =>
  csv('month,sales', ...values.map((value, i) => `2020-${String(i + 1).padStart(2, '0')},${value}`));

describe('readSeries', () => {
  it('ends with the last value of the target', () => {
    const { values, dates, calendar, filled, trailing } = readSeries({
      csv: months(1, 2, 3, 4, '', 'NA'),
      target: 'sales',
    });
    expect([...values.data]).toEqual([1, 2, 3, 4]);
    expect([dates.at(-1), calendar.next(1), filled, trailing]).toEqual(['2020-04', ['2020-05'], 0, 2]);
    const rows = readSeries({ csv: 'v\n1\n2\n3\nNA\n', target: 'v' });
    expect([rows.dates, rows.calendar.next(1), rows.trailing]).toEqual([['1', '2', '3'], ['4'], 1]);
    expect(() => readSeries({ csv: months('', ''), target: 'sales' })).toThrow('column sales holds no value');
    expect(() => readSeries({ csv: months(1, ''), target: 'sales' })).toThrow('the file holds 1 row.');
  });

  it('tells what was filled, and what by later values', () => {
    const text = months('', 1, '', 3, 4).replace(/2020-04.*\n/, '');
    const linear = readSeries({ csv: text, target: 'sales', fill: 'linear' });
    expect([...linear.values.data]).toEqual([1, 1, 2, 3, 4]);
    expect(linear.guessed).toEqual([true, false, true, true, false]);
    expect(linear.foreseen).toEqual([true, false, true, true, false]);
    expect(linear.filled).toBe(3);
    const previous = readSeries({ csv: text, target: 'sales', fill: 'previous' });
    expect(previous.guessed).toEqual(linear.guessed);
    expect(previous.foreseen).toEqual([true, false, false, false, false]);
  });

  it('tells of features that were filled by later values, and not of their end', () => {
    const text = csv('month,sales,price', '2020-01,1,5', '2020-02,2,', '2020-03,3,7', '2020-04,4,');
    const { values, guessed, foreseen } = readSeries({
      csv: text,
      target: 'sales',
      features: ['price'],
      fill: 'linear',
    });
    expect([...values.data]).toEqual([1, 5, 2, 6, 3, 7, 4, 7]);
    expect(guessed).toEqual([false, false, false, false]);
    expect(foreseen).toEqual([false, true, false, false]);
  });

  it('says which column it takes for time', () => {
    const text = csv('id,sky,day,sales', '1,x,2020-01-01,1', '2,x,2020-01-02,2', '3,x,2020-01-03,4');
    expect(readSeries({ csv: text, target: 'sales' }).time).toBe('day');
    expect(readSeries({ csv: text, target: 'sales', time: 'none' }).time).toBe('none');
  });

  it('takes a first column of numbers for years from 1000 to 2200 alone', () => {
    const rising = (first: number): string => csv('a,b', `${first},1`, `${first + 1},2`, `${first + 2},3`);
    expect(readSeries({ csv: rising(1999), target: 'b' }).time).toBe('a');
    expect(readSeries({ csv: rising(4711), target: 'b' }).time).toBe('none');
    expect(readSeries({ csv: rising(2199), target: 'b' }).time).toBe('none');
  });

  it.each([
    ['days first', ['31.12.2024', '01.01.2025', '02.01.2025']],
    ['months first', ['12/31/2024', '1/1/2025', '1/2/2025']],
    ['one of many', ['2024-12-31', '2025-01-01', '2025-01-02', '2025-01-03?']],
    ['a gap', ['2024-12-31', '2025-01-01', '', '2025-01-03']],
  ])('refuses dates that it cannot read: %s', (_, dates) => {
    const text = csv('day;sales', ...dates.map((date, i) => `${date};${i}`));
    expect(() => readSeries({ csv: text, target: 'sales' })).toThrowErrorMatchingSnapshot();
    expect(readSeries({ csv: text, target: 'sales', time: 'none' }).dates).toHaveLength(dates.length);
  });

  it('takes a column of dates before one of other dates', () => {
    const text = csv('paid;day;sales', '31.12.24;2024-12-31;1', '1.1.25;2025-01-01;2', '3.1.25;2025-01-02;3');
    expect(readSeries({ csv: text, target: 'sales' }).time).toBe('day');
  });

  it('offers to count rows where dates are missing', () => {
    const text = months(1, 2, 3, 4).replace(/2020-02.*\n/, '');
    expect(() => readSeries({ csv: text, target: 'sales' })).toThrow(/or count rows instead: time: 'none'\.$/);
    expect(() => readSeries({ csv: months(1, '', 3), target: 'sales' })).toThrow(/\(the value before\)\.$/);
  });
});
