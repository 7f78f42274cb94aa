import { describeValue, OptionError } from '@lstm/core';
import type { ConformanceRow } from './run.ts';

/** One cell: how many cases pass, and how many do not, by reason. */
function cell(rows: readonly ConformanceRow[]): string {
  if (rows.length === 0) return '–';
  const count = (status: ConformanceRow['status']): number => rows.filter((row) => row.status === status).length;
  const rest = (['unsupported', 'fail'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `, ${count(status)} ${status}`);
  return `${count('pass')} pass${rest.join('')}`;
}

/**
 * Returns a Markdown table of rows: one line for each op, one column for each backend and mode.
 *
 * @throws OptionError when the rows are no list
 *
 * @example
 * ```ts
 * import { reference } from '@lstm/core/reference';
 * import { conformanceCases, runConformance, supportMatrix } from '@lstm/testing';
 *
 * const cases = conformanceCases().filter(({ op }) => op === 'matmul').slice(0, 2);
 * console.log(supportMatrix(await runConformance(reference(), { modes: ['support'], cases })));
 * // => | op | reference support |
 * //    |---|---|
 * //    | matmul | 2 pass |
 * ```
 */
export function supportMatrix(rows: readonly ConformanceRow[]): string {
  if (!Array.isArray(rows)) {
    const fix = 'Write supportMatrix(await runConformance(backend)).';
    throw new OptionError('supportMatrix', `rows are ${describeValue(rows)}.`, 'They are a list.', fix);
  }
  const opOf = (row: ConformanceRow): string => row.case.split(':')[0] as string;
  const columnOf = ({ backend, mode }: ConformanceRow): string => `${backend} ${mode}`;
  const ops = [...new Set(rows.map(opOf))];
  const columns = [...new Set(rows.map(columnOf))];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['op', ...columns]),
    `|${'---|'.repeat(columns.length + 1)}`,
    ...ops.map((op) => {
      const own = rows.filter((row) => opOf(row) === op);
      return line([op, ...columns.map((column) => cell(own.filter((row) => columnOf(row) === column)))]);
    }),
  ].join('\n');
}
