import type { CsvAdvice } from '@lstm/data';

/** How errors write options: for those who call the functions, or for those who run the program. */
export interface Wording {
  /** Returns an option, with a value where one is given. */
  option(name: string, value?: string): string;
  /** Stands behind the advice to choose another folder for the results. */
  readonly out: string;
  /** What errors of the table tell to do. */
  readonly csv: CsvAdvice;
}

const columnNames = (): string => 'write a line of names at the top of the file';

/** For those who call the functions: `fill: 'linear'`. */
export const inCode: Wording = {
  option: (name, value) => (value === undefined ? name : `${name}: '${value}'`),
  out: '',
  csv: {
    decimal: (mark) => `pass decimal: '${mark}'`,
    missing: (cell) => `pass missing: [${JSON.stringify(cell)}]`,
    columnNames,
  },
};

/** For those who run the program: `--fill linear`. */
export const onCommandLine: Wording = {
  option: (name, value) => (value === undefined ? `--${name}` : `--${name} ${value}`),
  out: ': --out DIR',
  csv: {
    decimal: (mark) => `pass --decimal ${mark}`,
    missing: (cell) =>
      `pass --missing${cell.startsWith('-') ? '=' : ' '}${/^[\w./-]+$/.test(cell) ? cell : JSON.stringify(cell)}`,
    columnNames,
  },
};
