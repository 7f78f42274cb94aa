import { describe, expect, it } from 'vitest';
import { type CsvOptions, readCsv } from './csv.ts';

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

  it.each([
    ['sep=;\r\na,x;b\r\n1;2', {}],
    ['"sep=;"\na,x;b\n1;2', {}],
    ['\uFEFFSEP=\t\na\tb\n1\t2', {}],
    ['sep=;\n1;2', { columnNames: ['a', 'b'] }],
    ['sep=;\na:b\n1:2', { delimiter: ':' }],
  ])('takes the delimiter of a line of its own: %j', (text, options) => {
    const table = readCsv(text, options);
    expect(table.numbers().data).toEqual(Float64Array.of(1, 2));
    expect(table.lineOf(0)).toBe(text.split('\n').length);
  });

  it('counts that line in errors', () => {
    expect(() => readCsv('sep=;\na;b\n1;"2\n')).toThrow('line 3: the quotes of a cell do not match');
    expect(() => readCsv('sep=;\na;b\n1\n')).toThrow('line 3 has 1 cell');
    expect(readCsv('sep\n1\n').columnNames).toEqual(['sep']);
  });

  it.each(['NULL', '#N/A', '<NA>'])('takes %s for a missing value', (cell) => {
    expect(readCsv(`a;b\n${cell};1`).gaps()).toEqual([{ column: 'a', row: 0, line: 2 }]);
  });

  it('leaves words out of all numbers, but no column of numbers', () => {
    const words = readCsv('day,v,sky\n2020-01-01,1,sunny\n2020-01-02,2,7\n2020-01-03,3,rain\n2020-01-04,4,8\n');
    expect(words.numbers().data).toEqual(Float64Array.of(1, 2, 3, 4));
    const mixed = readCsv('v,w\n1,NA\n2,5\n3,n.a.\n4,6\n');
    expect(() => mixed.numbers()).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [Table] line 4, column w: "n.a." is not a number. Numbers are written like 12.5, without units or thousands separators. If it stands for a missing value, read with { missing: [...defaultMissing, "n.a."] }; otherwise leave the column out: table.numbers(["v"]).]`,
    );
    expect(mixed.numbers(['v']).data).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(() => readCsv('v;w\n1;3,5\n2;4,5\n').numbers()).toThrow(
      "If , marks decimals, read with { decimal: ',' }; otherwise leave the column out",
    );
    expect(() => readCsv('v;w\n1;5 %\n2;4 %\n').numbers()).toThrow(
      'If it is a number with a unit, write 5; otherwise leave the column out',
    );
  });

  it('reads decimal commas only when told', () => {
    expect(readCsv('a;b\n1,5;-,25', { decimal: ',' }).numbers().data).toEqual(Float64Array.of(1.5, -0.25));
    expect(() => readCsv('a;b\n1,5;2').numbers('a')).toThrow(
      "If , marks decimals, read with { decimal: ',' }; otherwise leave the column out",
    );
    expect(() => readCsv('a;b\n1.5;2', { decimal: ',' }).numbers('a')).toThrow(
      'line 2, column a: "1.5" is not a number',
    );
  });

  it.each<[string, CsvOptions, string]>([
    ['1,234.5', {}, 'If it has thousands separators, write 1234.5; otherwise leave the column out.'],
    ['1,234,567', {}, 'If it has thousands separators, write 1234567; otherwise leave the column out.'],
    ["1'234.5", {}, 'If it has thousands separators, write 1234.5; otherwise leave the column out.'],
    ['1\u202f234', {}, 'If it has thousands separators, write 1234; otherwise leave the column out.'],
    ['1.234.567', {}, 'If it has thousands separators, write 1234567; otherwise leave the column out.'],
    [
      '1.234,5',
      {},
      "If it has thousands separators, write 1234,5 and read with { decimal: ',' }; otherwise leave the column out",
    ],
    ['1.234,5', { decimal: ',' }, 'If it has thousands separators, write 1234,5; otherwise leave the column out.'],
    [
      '1,234.5',
      { decimal: ',' },
      "If it has thousands separators, write 1234.5 and read with { decimal: '.' }; otherwise leave the column out",
    ],
    [
      '1,234',
      {},
      "If , marks decimals, read with { decimal: ',' }; if it separates thousands, write 1234; otherwise leave the column out.",
    ],
    ['3,5', {}, "If , marks decimals, read with { decimal: ',' }; otherwise leave the column out"],
    ['-3,5e3', {}, "If , marks decimals, read with { decimal: ',' }; otherwise leave the column out"],
    ['3.5', { decimal: ',' }, "If . marks decimals, read with { decimal: '.' }; otherwise leave the column out"],
    ['$5', {}, 'If it is a number with a unit, write 5; otherwise leave the column out'],
    ['12,5 %', {}, 'If it is a number with a unit, write 12,5; otherwise leave the column out'],
    ['1e999', {}, 'If it is a number, correct it: the largest is 1.8e308; otherwise leave the column out.'],
    [
      'N.A.',
      {},
      'If it stands for a missing value, read with { missing: [...defaultMissing, "N.A."] }; otherwise leave the column out.',
    ],
    [
      '31.12.2024',
      {},
      'If it stands for a missing value, read with { missing: [...defaultMissing, "31.12.2024"] }; otherwise leave the column out.',
    ],
  ])('tells what to do with %s', (cell, options, fix) => {
    expect(() => readCsv(`a;b\n1;${cell}`, { delimiter: ';', ...options }).numbers('b')).toThrow(fix);
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
    expect(() => readCsv('a;b\n1,5;2', { advice }).numbers('a')).toThrow(
      /If , marks decimals, set mark ,; otherwise leave the column out\.$/,
    );
    expect(() => readCsv('a\n-\n', { advice }).numbers('a')).toThrow('missing value, set gap -; otherwise');
    expect(() => readCsv('1,2\n3,4', { advice })).toThrow(/Name them: write 2 names\.$/);
    expect(() => readCsv('a\n1,2', { advice })).toThrow(/Quote cells that contain ,\.$/);
    expect(() => readCsv('a\n\uFFFD', { advice })).toThrow(/Save the file in UTF-8\.$/);
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

  it('says of a column of words that it holds text, and takes one word for a missing value', () => {
    const sky = (...cells: string[]) => readCsv(['sky', ...cells].join('\n')).numbers('sky');
    expect(() => sky('1', 'sun', 'rain')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [Table] column sky holds text, such as "sun" in line 3. What is read as numbers is written like 12.5, without units or thousands separators. Write it as numbers, or leave the column out.]`,
    );
    expect(() => sky('1', '2', '3', 'sun', 'rain')).toThrow('line 5, column sky: "sun" is not a number');
    expect(() => sky('sun', 'sun ', '3')).toThrow('If it stands for a missing value');
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
    ['bytes', () => readCsv(new TextEncoder().encode('a\n1') as never)],
    ['a promise', () => readCsv(Promise.resolve('a\n1') as never)],
    ['a text of another encoding', () => readCsv('a\r\n1\r\nM\uFFFDrz')],
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
