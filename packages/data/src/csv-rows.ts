import { DataError } from '@lstm/core';
import papa from 'papaparse';

/** A row of a CSV text. */
export interface CsvRow {
  /** Line of its first character; the first line is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

const newlines = (text: string): number => text.split('\n').length - 1;

/** Returns the delimiter that stands most often in the first line outside quotes, a comma when none does. */
function delimiterOf(text: string): string {
  const firstLine = text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'));
  const unquoted = firstLine.replace(/"[^"]*"/g, '');
  let best = ',';
  let bestCount = 0;
  for (const candidate of [',', ';', '\t', '|']) {
    const count = unquoted.split(candidate).length - 1;
    if (count > bestCount) [best, bestCount] = [candidate, count];
  }
  return best;
}

/** What programs of tables write into a line of its own before the names. */
const delimiterLine = /^"?sep=([^"\n])"?\n/i;

const isBlank = ({ cells }: CsvRow): boolean => cells.length === 1 && cells[0]?.trim() === '';

/**
 * Returns the rows of a CSV text with their lines. A byte order mark is dropped, line ends become `\n`. Blank lines are left out,
 * but in a table of one column a blank line between others is a row: its value is missing. A first line `sep=;` is no row, it tells
 * the delimiter.
 *
 * @param given - the delimiter; left out, it is read off the first line
 * @throws DataError when a quote is not closed or stands inside a quoted cell
 */
export function csvRows(where: string, text: string, given?: string): { rows: CsvRow[]; delimiter: string } {
  const whole = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const [told = '', separator] = delimiterLine.exec(whole) ?? [];
  const plain = whole.slice(told.length);
  const delimiter = given ?? separator ?? delimiterOf(plain);
  const { data, errors } = papa.parse<string[]>(plain, { delimiter, newline: '\n' });
  const quoting = errors.find(({ code }) => code === 'MissingQuotes' || code === 'InvalidQuotes');
  if (quoting) {
    throw new DataError(
      where,
      `line ${newlines(told + plain.slice(0, quoting.index)) + 1}: the quotes of a cell do not match.`,
      'A quoted cell begins and ends with ", and a " inside it is written "".',
      'Correct the quotes of that line.',
    );
  }
  let line = newlines(told) + 1;
  const rows = data.map((cells) => {
    const row = { line, cells };
    line += 1 + cells.reduce((total, cell) => total + newlines(cell), 0);
    return row;
  });
  while (rows.length > 0 && isBlank(rows.at(-1)!)) rows.pop();
  const first = rows.findIndex((row) => !isBlank(row));
  const single = rows[first]?.cells.length === 1;
  return { rows: rows.filter((row, i) => (single ? i >= first : !isBlank(row))), delimiter };
}
