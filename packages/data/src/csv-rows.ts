import { DataError } from '@lstm/core';

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

/** Returns the place of the delimiter, the line end or the end of the text at or after a place. */
function endOfCell(text: string, from: number, delimiter: string): number {
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++;
  return end;
}

/** Returns the place of the quote that closes a cell, -1 where there is none; a quote inside is written twice. */
function closingQuote(text: string, opening: number): number {
  let close = text.indexOf('"', opening + 1);
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  return close;
}

/** Returns all rows, blank ones too. */
function splitRows(where: string, text: string, delimiter: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  const newlinesInCells = (): number => cells.reduce((total, cell) => total + newlines(cell), 0);
  for (let at = 0; at <= text.length; at++) {
    const quoted = text[at] === '"';
    const close = quoted ? closingQuote(text, at) : at - 1;
    const end = endOfCell(text, close + 1, delimiter);
    if (quoted && (close === -1 || text.slice(close + 1, end).trim() !== '')) {
      throw new DataError(
        where,
        `line ${line + newlinesInCells()}: the quotes of a cell do not match.`,
        'A quoted cell begins and ends with ", and a " inside it is written "".',
        'Correct the quotes of that line.',
      );
    }
    cells.push(quoted ? text.slice(at + 1, close).replaceAll('""', '"') : text.slice(at, end));
    at = end;
    if (text[end] === delimiter) continue;
    rows.push({ line, cells });
    line += 1 + newlinesInCells();
    cells = [];
  }
  return rows;
}

const isBlank = ({ cells }: CsvRow): boolean => cells.length === 1 && cells[0]?.trim() === '';

/**
 * Returns the rows of a CSV text with their lines. A byte order mark is dropped, line ends become `\n`. Blank lines are left out,
 * but in a table of one column a blank line between others is a row: its value is missing.
 *
 * @param given - the delimiter; left out, it is read off the first line
 * @throws DataError when a quote is not closed or stands inside a quoted cell
 */
export function csvRows(where: string, text: string, given?: string): { rows: CsvRow[]; delimiter: string } {
  const plain = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const delimiter = given ?? delimiterOf(plain);
  const rows = splitRows(where, plain, delimiter);
  while (rows.length > 0 && isBlank(rows.at(-1)!)) rows.pop();
  const first = rows.findIndex((row) => !isBlank(row));
  const single = rows[first]?.cells.length === 1;
  return { rows: rows.filter((row, i) => (single ? i >= first : !isBlank(row))), delimiter };
}
