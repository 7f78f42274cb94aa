/**
 * What errors of {@link readCsv} and its table tell to do, for programs whose users do not call `readCsv` themselves: each answer ends
 * a sentence.
 */
export interface CsvAdvice {
  /** After "If , marks decimals,". */
  readonly decimal: (mark: '.' | ',') => string;
  /** After "If it stands for a missing value,". */
  readonly missing: (cell: string) => string;
  /** After "Name them:". */
  readonly columnNames: (count: number) => string;
  /** After "Quote cells that contain ,, or". Left out, nothing else is told. */
  readonly delimiter?: string;
}

/** The advice for those who call {@link readCsv}. */
export const callerAdvice: CsvAdvice = {
  decimal: (mark) => `read with { decimal: '${mark}' }`,
  missing: (cell) => `read with { missing: ['', ${JSON.stringify(cell)}] }`,
  columnNames: (count) =>
    `readCsv(text, { columnNames: [${Array.from({ length: count }, (_, i) => `'column${i + 1}'`).join(', ')}] })`,
  delimiter: "read with { delimiter: ';' } where that separates them",
};
