/** What marks the decimals of numbers. */
export type DecimalMark = '.' | ',';

/**
 * What errors of {@link readCsv} and its table tell to do, for programs whose users do not call `readCsv` themselves: each answer ends
 * a sentence.
 */
export interface CsvAdvice {
  /** After "If , marks decimals,". */
  readonly decimal: (mark: DecimalMark) => string;
  /** After "If it stands for a missing value,". */
  readonly missing: (cell: string) => string;
  /** After "Name them:". */
  readonly columnNames: (count: number) => string;
  /** After "Quote cells that contain ,, or". Left out, nothing else is told. */
  readonly delimiter?: string;
  /** After "Save the file in UTF-8, or". Left out, nothing else is told. */
  readonly encoding?: string;
}

/** The advice for those who call {@link readCsv}. */
export const callerAdvice: CsvAdvice = {
  decimal: (mark) => `read with { decimal: '${mark}' }`,
  missing: (cell) => `read with { missing: [...defaultMissing, ${JSON.stringify(cell)}] }`,
  columnNames: (count) =>
    `readCsv(text, { columnNames: [${Array.from({ length: count }, (_, i) => `'column${i + 1}'`).join(', ')}] })`,
  delimiter: "read with { delimiter: ';' } where that separates them",
  encoding: "decode it as it was saved: new TextDecoder('windows-1252').decode(bytes)",
};
