import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';

describe('readCsv', () => {
  it('types columns: numbers, and dates as text', () => {
    const table = readCsv('"Month","Passengers","temp"\n"1949-01",112,-1.5e1\n"1949-02", 118 ,.25\n');
    expect(table.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'Month text',
      'Passengers number',
      'temp number',
    ]);
    expect(table.rowCount).toBe(2);
    expect(table.text('Month')).toEqual(['1949-01', '1949-02']);
    expect(table.numbers('Passengers')).toEqual({ data: Float64Array.of(112, 118), shape: [2, 1] });
    expect(table.numbers(['temp', 'Passengers'])).toEqual({
      data: Float64Array.of(-15, 112, 0.25, 118),
      shape: [2, 2],
    });
    expect(table.numbers().shape).toEqual([2, 2]);
  });

  it('reads a byte order mark, CRLF, blank lines and quoted cells with commas, quotes and line ends', () => {
    const table = readCsv('\uFEFFname,value\r\n"a, ""b""\r\nc",1\r\n\r\nd,2\r\n\r\n');
    expect(table.columnNames).toEqual(['name', 'value']);
    expect(table.text('name')).toEqual(['a, "b"\nc', 'd']);
    expect(table.numbers('value').data).toEqual(Float64Array.of(1, 2));
  });

  it.each([
    ['a;b\n1;2', undefined],
    ['a\tb\n1\t2', undefined],
    ['a|b\n1|2', undefined],
    ['"x,y,z;";b\n1;2', undefined],
    ['a:b\n1:2', ':'],
  ])('finds or takes the delimiter of %j', (text, delimiter) => {
    expect(readCsv(text, delimiter === undefined ? {} : { delimiter }).numbers().data).toEqual(Float64Array.of(1, 2));
  });

  it('reads decimal commas only when told', () => {
    expect(readCsv('a;b\n1,5;-,25', { decimal: ',' }).numbers().data).toEqual(Float64Array.of(1.5, -0.25));
    expect(() => readCsv('a;b\n1,5;2').numbers('a')).toThrow("If , marks decimals, read with { decimal: ',' }.");
    expect(() => readCsv('a;b\n1.5;2', { decimal: ',' }).numbers('a')).toThrow(
      'line 2, column a: "1.5" is not a number',
    );
  });

  it('takes names for a text without a header', () => {
    const table = readCsv('0.5,1\n0.25,2\n', { columnNames: ['rate', 'day'] });
    expect(table.numbers('rate').data).toEqual(Float64Array.of(0.5, 0.25));
    expect(() => readCsv('0.5,1\n0.25,2\n')).toThrow(
      "Name them: readCsv(text, { columnNames: ['column1', 'column2'] }).",
    );
  });

  it('tells what to do as a program says it', () => {
    const advice = {
      decimal: (mark: string) => `set mark ${mark}`,
      missing: (cell: string) => `set gap ${cell}`,
      columnNames: (count: number) => `write ${count} names`,
    };
    expect(() => readCsv('a;b\n1,5;2', { advice }).numbers('a')).toThrow(/If , marks decimals, set mark ,\.$/);
    expect(() => readCsv('a\n-\n', { advice }).numbers('a')).toThrow('missing value, set gap -; otherwise');
    expect(() => readCsv('1,2\n3,4', { advice })).toThrow(/Name them: write 2 names\.$/);
    expect(() => readCsv('a\n1,2', { advice })).toThrow(/Quote cells that contain ,\.$/);
  });

  it('names an unnamed column after its place', () => {
    expect(readCsv(',a\n0,1').columnNames).toEqual(['column1', 'a']);
  });

  it('reports missing values as gaps with row and line', () => {
    const table = readCsv('day,pm\n"a\nb",NA\nc,3\nd,\n');
    expect(table.gaps()).toEqual([
      { column: 'pm', row: 0, line: 2 },
      { column: 'pm', row: 2, line: 5 },
    ]);
    expect(table.numbers('pm', { allowGaps: true }).data).toEqual(Float64Array.of(Number.NaN, 3, Number.NaN));
    expect(() => table.numbers('pm')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [Table] line 2, column pm: the value is missing, as in 1 other line. Windows and scalers take series without gaps. Fill them: fillGaps(table.numbers("pm", { allowGaps: true }), 'linear').]`,
    );
    expect(readCsv('a\nn/a\n1').gaps()).toEqual([{ column: 'a', row: 0, line: 2 }]);
    expect(readCsv('a\n-99\n1', { missing: ['-99'] }).gaps(['a'])).toEqual([{ column: 'a', row: 0, line: 2 }]);
  });

  it('tells the line of a row', () => {
    const table = readCsv('a,b\n"x\ny",1\n\nz,2\n');
    expect([table.lineOf(0), table.lineOf(1)]).toEqual([2, 5]);
    expect(() => table.lineOf(2)).toThrow('[Table] there is no row 2. Rows are 0 to 1.');
  });

  it('takes a blank line within a single column as a gap', () => {
    expect(readCsv('a\n1\n\n3\n\n').numbers('a', { allowGaps: true }).data).toEqual(Float64Array.of(1, Number.NaN, 3));
  });

  it.each<[string, () => unknown]>([
    ['text in numbers', () => readCsv('t,v\n1,2\n2,n.a.\n').numbers('v')],
    ['no number column', () => readCsv('t\nx\n').numbers()],
    ['too few cells', () => readCsv('t,v\n1,2\n2\n')],
    ['too many cells', () => readCsv('t,v\n1,2\n2,3,4\n')],
    ['too many cells after a tab', () => readCsv('t\tv\n1\t2\t3\n')],
    ['a missing column', () => readCsv('Month,Passengers\na,1').numbers('passenger')],
    ['a name twice', () => readCsv('a,b,a\n1,2,3')],
    ['a name given twice', () => readCsv('1,2', { columnNames: ['a', 'a'] })],
    ['an empty text', () => readCsv('\n\n')],
    ['an empty text with names', () => readCsv('', { columnNames: ['a'] })],
    ['only a header', () => readCsv('a,b\n')],
    ['the name of a file', () => readCsv('data/sales.csv')],
    ['dates and numbers without a header', () => readCsv('2009-01-01,100.00\n2009-01-02,101.00\n')],
    ['bytes that are no text', () => readCsv('PK\u0003\u0004\0\0')],
    ['control characters in cells', () => readCsv(`v\n\u001b[31m${'red'.repeat(20)}\n`).numbers('v')],
    [
      'control characters in names',
      () => readCsv(`\u001b[2J,${Array.from({ length: 30 }, (_, i) => `n${i}`)}\n${'1,'.repeat(30)}1`).column('m'),
    ],
    ['an open quote', () => readCsv('a,b\n1,2\n3,"x\n4,5\n')],
    ['text after a quote', () => readCsv('a,b\n1,2\n3,"x"y\n')],
    ['an unknown option', () => readCsv('a\n1', { delimeter: ';' } as object)],
    ['a long delimiter', () => readCsv('a\n1', { delimiter: '::' })],
    ['an unknown decimal mark', () => readCsv('a\n1', { decimal: ';' as ',' })],
    ['an unknown option of numbers', () => readCsv('a\n1').numbers('a', { gaps: true } as object)],
  ])('refuses %s with line and column', (_, read) => {
    expect(read).toThrowErrorMatchingSnapshot();
  });
});
