import { checkChoice, checkOptions, DataError, OptionError } from '@lstm/core';
import { type CsvAdvice, callerAdvice, type DecimalMark } from './csv-advice.ts';
import { numberOf } from './csv-number.ts';
import { type CsvRow, csvRows } from './csv-rows.ts';
import { printable, printableNames } from './printable.ts';
import { Table, type TableColumn } from './table.ts';
import { expectText } from './text.ts';

/** Options of {@link readCsv}. */
export interface CsvOptions {
  /** What stands between cells, one character. Left out, it is read off the first line: one of `,` `;` tab `|`. */
  readonly delimiter?: string;
  /** Decimal mark of numbers (default `.`). Thousands separators are not read. */
  readonly decimal?: DecimalMark;
  /** Names for a text without a header line, one per column. */
  readonly columnNames?: readonly string[];
  /** Cells that stand for a missing value (default: {@link defaultMissing}); upper and lower case count. */
  readonly missing?: readonly string[];
  /** What errors tell to do (default: options of `readCsv`). */
  readonly advice?: CsvAdvice;
}

/**
 * Cells that {@link readCsv} takes for a missing value unless told otherwise: the empty cell, `NA`, `N/A`, `n/a`, `#N/A`, `<NA>`, `NaN`,
 * `nan`, `NULL`, `null`, `None` and `?`.
 */
export const defaultMissing: readonly string[] = [
  '',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  'NULL',
  'null',
  'None',
  '?',
];
const where = 'readCsv';
const plainDate = /^\d{1,4}([-/.]\d{1,4}){1,2}([ T]\d{1,2}:\d{2}[\d:.]*Z?)?$/;
const fileName = /\.(csv|tsv|tab|txt)$/i;

/** Returns the names of a header, an unnamed column being `column1`, `column2`, …, after its place. */
function headerNames({ line, cells }: CsvRow, decimal: DecimalMark, advice: CsvAdvice): string[] {
  const names = cells.map((cell, i) => cell.trim() || `column${i + 1}`);
  const isNumber = (name: string): boolean => numberOf(name, decimal) !== undefined;
  const numbers = names.filter(isNumber).length;
  if (numbers > 0 && names.every((name) => isNumber(name) || plainDate.test(name))) {
    throw new DataError(
      where,
      `line ${line} holds only numbers${numbers < names.length ? ' and dates' : ''}: ${names.slice(0, 4).join(', ')}.`,
      'The first line names the columns; this text seems to have no such line.',
      `Name them: ${advice.columnNames(names.length)}.`,
    );
  }
  return names;
}

function checkNames(names: readonly string[], line: number | undefined): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  const places = names.flatMap((name, i) => (name === twice ? [i + 1] : []));
  throw new DataError(
    where,
    `${line === undefined ? 'columnNames' : `line ${line}`}: columns ${places.join(' and ')} are both named ${printable(twice)}.`,
    'Every column has a name of its own.',
    'Rename one of them.',
  );
}

function checkWidth({ line, cells }: CsvRow, names: readonly string[], delimiter: string, advice: CsvAdvice): void {
  if (cells.length === names.length) return;
  const few = cells.length < names.length;
  const shown = delimiter === '\t' ? 'a tab' : delimiter;
  throw new DataError(
    where,
    few
      ? `line ${line} has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, and none for column ${printable(names[cells.length]!)}.`
      : `line ${line} has ${cells.length} cells, the last ${cells.length - names.length} without a column.`,
    `The table has ${names.length} ${names.length === 1 ? 'column' : 'columns'}: ${printableNames(names)}.`,
    few
      ? 'Complete the line; a missing value is an empty cell.'
      : `Quote cells that contain ${shown}${delimiter === ',' && advice.delimiter !== undefined ? `, or ${advice.delimiter}` : ''}.`,
  );
}

/** Throws for what is no text, or was none before it was decoded. */
function checkText(text: unknown, advice: CsvAdvice): void {
  expectText(where, text);
  const zero = text.indexOf('\0');
  if (zero >= 0) {
    throw new DataError(
      where,
      `character ${zero + 1} of the text is a zero byte.`,
      'A CSV file is text in UTF-8; workbooks, archives and images are not.',
      'Export the table as CSV in UTF-8.',
    );
  }
  const replaced = text.indexOf('\uFFFD');
  if (replaced < 0) return;
  const line = text.slice(0, replaced).split(/\r\n?|\n/).length;
  throw new DataError(
    where,
    `line ${line} holds U+FFFD (\uFFFD), which stands for bytes that could not be decoded.`,
    'The file was saved in another encoding than the one it was read with.',
    `Save the file in UTF-8${advice.encoding === undefined ? '' : `, or ${advice.encoding}`}.`,
  );
}

function noRows(header: CsvRow | undefined, named: boolean): DataError {
  const [line = ''] = header?.cells ?? [];
  if (fileName.test(line)) {
    const fix = "Read the file: readCsv(await readFile(path, 'utf8')).";
    return new DataError(
      where,
      `the text is ${printable(line)}, the name of a file.`,
      'It takes the text of a file.',
      fix,
    );
  }
  return new DataError(
    where,
    header ? 'there is no row below the header.' : 'the text is empty.',
    named ? 'A table has at least one row.' : 'A table has a line of names and at least one row.',
    'Check that the right file was read, and to its end.',
  );
}

function columnOf(
  name: string,
  cells: readonly string[],
  missing: ReadonlySet<string>,
  decimal: DecimalMark,
): TableColumn {
  const gaps: number[] = [];
  const values = new Float64Array(cells.length).fill(Number.NaN);
  let textRow: number | undefined;
  for (const [row, cell] of cells.entries()) {
    const trimmed = cell.trim();
    if (missing.has(trimmed)) {
      gaps.push(row);
      continue;
    }
    const value = numberOf(trimmed, decimal);
    if (value === undefined) textRow ??= row;
    else values[row] = value;
  }
  return textRow === undefined
    ? { name, kind: 'number', cells, gaps, values }
    : { name, kind: 'text', cells, gaps, textRow };
}

/**
 * Returns the table that a CSV text holds (RFC 4180, and also `;`, tab or `|` between cells). A column is a number column when every
 * cell that is not missing holds a number; any other, such as one of dates, is text. A byte order mark is dropped, blank lines and
 * a first line `sep=;`, which tells the delimiter, are passed over.
 *
 * @param text - the whole text, its first line naming the columns unless `columnNames` does
 * @throws DataError when the text is none or is empty, was decoded with another encoding, a name stands twice, a row is too short or too
 * long, or quotes do not match; each names the line
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { readCsv } from '@lstm/data';
 *
 * const table = readCsv('month,passengers\n1949-01,112\n1949-02,118\n');
 * console.log(table.text('month').join(' ')); // => 1949-01 1949-02
 * console.log(table.numbers('passengers').data.join(' ')); // => 112 118
 * ```
 */
export function readCsv(text: string, options: CsvOptions = {}): Table {
  checkOptions(where, options, ['delimiter', 'decimal', 'columnNames', 'missing', 'advice']);
  const { delimiter: given, decimal = '.', columnNames, missing = defaultMissing, advice = callerAdvice } = options;
  checkChoice(where, 'decimal', decimal, ['.', ',']);
  if (given !== undefined && (given.length !== 1 || /["\r\n]/.test(given))) {
    throw new OptionError(
      where,
      `delimiter is ${JSON.stringify(given)}.`,
      'A delimiter is one character other than a quote or a line end.',
      "Write for example delimiter: ';'.",
    );
  }
  checkText(text, advice);
  const { rows, delimiter } = csvRows(where, text, given);
  const header = columnNames ? undefined : rows.shift();
  if (rows.length === 0) throw noRows(header, columnNames !== undefined);
  const names = columnNames ?? headerNames(header!, decimal, advice);
  checkNames(names, header?.line);
  for (const row of rows) checkWidth(row, names, delimiter, advice);
  const missingCells = new Set(missing.map((cell) => cell.trim()));
  const columns = names.map((name, i) =>
    columnOf(
      name,
      rows.map(({ cells }) => cells[i]!),
      missingCells,
      decimal,
    ),
  );
  return new Table(
    columns,
    rows.map(({ line }) => line),
    decimal,
    advice,
  );
}
