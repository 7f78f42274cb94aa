import type { CsvAdvice, DecimalMark } from './csv-advice.ts';
import { printable } from './printable.ts';

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const unit = /^[$€£¥]\s*|\s*[$€£¥%]$/g;
/** Digits in groups of three, and decimals behind another mark: 1,234.5. */
const grouped = /^[+-]?\d{1,3}([.,'’_ \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$/;

/** Returns the number that a trimmed cell holds, or undefined: also for what is no finite number in float64, such as `1e999`. */
export function numberOf(cell: string, decimal: DecimalMark): number | undefined {
  if (decimal === ',' && cell.includes('.')) return undefined;
  const plain = decimal === ',' ? cell.replace(',', '.') : cell;
  const value = plainNumber.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Returns true for a trimmed cell that people read as a number, whatever its marks: `12.5`, `12,5`, `1,234.5`, `12 %`. */
export function looksNumeric(cell: string): boolean {
  const bare = cell.replace(unit, '');
  return plainNumber.test(bare) || numberOf(bare, ',') !== undefined || grouped.test(bare);
}

/** Returns what a trimmed cell that is no number may be, and what to do then; undefined where it cannot be shown. */
export function numberAdvice(cell: string, decimal: DecimalMark, advice: CsvAdvice): string | undefined {
  if (printable(cell) !== cell) return undefined;
  if (plainNumber.test(cell) && !Number.isFinite(Number(cell)))
    return 'If it is a number, correct it: the largest is 1.8e308';
  const bare = cell.replace(unit, '');
  if (bare !== cell && looksNumeric(bare)) return `If it is a number with a unit, write ${bare}`;
  const other = decimal === '.' ? ',' : '.';
  const ifDecimal = `If ${other} marks decimals, ${advice.decimal(other)}`;
  const separator = grouped.exec(cell)?.[1];
  if (separator === undefined) {
    return numberOf(cell, other) === undefined
      ? `If it stands for a missing value, ${advice.missing(cell)}`
      : ifDecimal;
  }
  const whole = cell.replaceAll(separator, '');
  // 1,234 may be 1.234 as well.
  if (separator === other && /^[+-]?\d+[.,]\d{3}$/.test(cell))
    return `${ifDecimal}; if it separates thousands, write ${whole}`;
  return `If it has thousands separators, write ${whole}${whole.includes(other) ? ` and ${advice.decimal(other)}` : ''}`;
}
