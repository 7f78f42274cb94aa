import { checkOptions, DataError, type HostArray, nearestName } from '@lstm/core';
import type { CsvAdvice, DecimalMark } from './csv-advice.ts';
import { looksNumeric, numberAdvice } from './csv-number.ts';
import { printable, printableNames } from './printable.ts';

/** A column whose cells hold numbers or are missing. */
export interface NumberColumn {
  readonly name: string;
  readonly kind: 'number';
  /** Cells as they are written. */
  readonly cells: readonly string[];
  /** Rows without a value, ascending. */
  readonly gaps: readonly number[];
  /** `[rows]`, NaN in the gaps. */
  readonly values: Float64Array;
}

/** A column of which at least one cell is no number. */
export interface TextColumn {
  readonly name: string;
  readonly kind: 'text';
  /** Cells as they are written. */
  readonly cells: readonly string[];
  /** Rows without a value, ascending. */
  readonly gaps: readonly number[];
  /** The first row whose cell is no number. */
  readonly textRow: number;
}

/** A column of a {@link Table}. */
export type TableColumn = NumberColumn | TextColumn;

/** A missing value of a {@link Table}. */
export interface Gap {
  readonly column: string;
  /** Row of the table; the first one is 0. */
  readonly row: number;
  /** Line of the text; the first one is 1. */
  readonly line: number;
}

const where = 'Table';

/** Returns the cells that look like words, and whether they are most of those that hold something. */
function wordsIn({ cells, gaps }: TextColumn): { readonly words: readonly string[]; readonly most: boolean } {
  const missing = new Set(gaps);
  const given = cells.filter((_, row) => !missing.has(row)).map((cell) => cell.trim());
  const words = given.filter((cell) => !looksNumeric(cell));
  return { words, most: 2 * words.length >= given.length };
}

/** Named columns of numbers and text, all of one length; {@link readCsv} makes them. */
export class Table {
  readonly columns: readonly TableColumn[];
  readonly columnNames: readonly string[];
  readonly rowCount: number;
  readonly #lines: readonly number[];
  readonly #decimal: DecimalMark;
  readonly #advice: CsvAdvice;

  /**
   * @param lines - line of each row in the text
   * @param decimal - decimal mark that numbers were read with
   * @param advice - what errors tell to do
   */
  constructor(columns: readonly TableColumn[], lines: readonly number[], decimal: DecimalMark, advice: CsvAdvice) {
    this.columns = columns;
    this.columnNames = columns.map(({ name }) => name);
    this.rowCount = lines.length;
    this.#lines = lines;
    this.#decimal = decimal;
    this.#advice = advice;
  }

  /**
   * Returns the column of that name.
   *
   * @throws DataError that names the nearest column when there is none
   */
  column(name: string): TableColumn {
    const column = this.columns.find((each) => each.name === name);
    if (column) return column;
    const nearest = nearestName(name, this.columnNames);
    throw new DataError(
      where,
      `there is no column ${name}.`,
      `Columns are ${printableNames(this.columnNames)}.`,
      nearest === undefined ? 'Take one of them.' : `Did you mean ${printable(nearest)}?`,
    );
  }

  /**
   * Returns the line of the text in which a row begins; the first line is 1.
   *
   * @throws DataError when there is no such row
   */
  lineOf(row: number): number {
    const line = this.#lines[row];
    if (line !== undefined) return line;
    const rule = `Rows are 0 to ${this.rowCount - 1}.`;
    throw new DataError(where, `there is no row ${row}.`, rule, 'Check the row.');
  }

  /**
   * Returns the cells of a column as they are written, `[rows]`; for dates and names.
   *
   * @throws DataError when there is no such column
   */
  text(name: string): readonly string[] {
    return this.column(name).cells;
  }

  /**
   * Returns number columns side by side, `[rows, columns]`.
   *
   * @param names - a column, several in the order wanted, or left out all number columns; a column of which most cells, but not all, are
   * numbers or look like them is then an error
   * @param options - `allowGaps: true` gives NaN for a missing value (see {@link fillGaps}) instead of throwing
   * @throws DataError that names line and column of the first text cell or gap
   */
  numbers(names?: string | readonly string[], options: { readonly allowGaps?: boolean } = {}): HostArray<Float64Array> {
    checkOptions('Table.numbers', options, ['allowGaps']);
    const columns = this.#numberColumns(names);
    if (options.allowGaps !== true) for (const column of columns) this.#checkGaps(column);
    const data = new Float64Array(this.rowCount * columns.length);
    for (const [place, { values }] of columns.entries()) {
      for (let row = 0; row < this.rowCount; row++) data[row * columns.length + place] = values[row]!;
    }
    return { data, shape: [this.rowCount, columns.length] };
  }

  /** Returns the missing values of some columns, or of all, column by column. */
  gaps(names: readonly string[] = this.columnNames): readonly Gap[] {
    return names.flatMap((name) =>
      this.column(name).gaps.map((row) => ({ column: name, row, line: this.#lines[row]! })),
    );
  }

  #numberColumns(names: string | readonly string[] | undefined): NumberColumn[] {
    if (names === undefined) {
      const columns = this.columns.filter((column) => column.kind === 'number');
      for (const column of this.columns) if (column.kind === 'text') this.#checkWords(column, columns);
      if (columns.length > 0) return columns;
    }
    const wanted = names === undefined ? this.columnNames : typeof names === 'string' ? [names] : names;
    return wanted.map((name) => {
      const column = this.column(name);
      if (column.kind === 'text') throw this.#textError(column);
      return column;
    });
  }

  /** Throws where most cells look like numbers: such a column is not left out without a word. */
  #checkWords(column: TextColumn, numbers: readonly NumberColumn[]): void {
    if (wordsIn(column).most) return;
    const names = JSON.stringify(numbers.map(({ name }) => name));
    throw this.#textError(column, `leave the column out${numbers.length > 0 ? `: table.numbers(${names})` : ''}`);
  }

  #textError(column: TextColumn, leave = 'leave the column out'): DataError {
    const { name, cells, textRow } = column;
    const cell = cells[textRow]!.trim();
    const { words, most } = wordsIn(column);
    // A single word, however often, may stand for a missing value, and what begins with a digit may be a number with its unit.
    const plain = words.filter((word) => !/^[-+]?\d/.test(word));
    if (most && new Set(plain).size > 1) {
      return new DataError(
        where,
        `column ${printable(name)} holds text, such as "${printable(cell)}" in line ${this.#lines[textRow]}.`,
        `What is read as numbers is written like 12${this.#decimal}5, without units or thousands separators.`,
        `Write it as numbers, or ${leave}.`,
      );
    }
    const advice = numberAdvice(cell, this.#decimal, this.#advice);
    return new DataError(
      where,
      `line ${this.#lines[textRow]}, column ${printable(name)}: "${printable(cell)}" is not a number.`,
      `Numbers are written like 12${this.#decimal}5, without units or thousands separators.`,
      `${advice === undefined ? 'Correct it, or' : `${advice}; otherwise`} ${leave}.`,
    );
  }

  #checkGaps({ name, gaps }: NumberColumn): void {
    const [first] = gaps;
    if (first === undefined) return;
    throw new DataError(
      where,
      `line ${this.#lines[first]}, column ${name}: the value is missing${gaps.length > 1 ? `, as in ${gaps.length - 1} other ${gaps.length > 2 ? 'lines' : 'line'}` : ''}.`,
      'Windows and scalers take series without gaps.',
      `Fill them: fillGaps(table.numbers(${JSON.stringify(name)}, { allowGaps: true }), 'linear').`,
    );
  }
}
