/** Returns a number with four significant digits, as people write it. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return magnitude < -4 || magnitude > 8
    ? value.toExponential(2)
    : value.toFixed(Math.max(0, Math.min(6, 3 - magnitude)));
}

/** Returns how many there are of something: `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns a table as text: the first column left, the others right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** Returns a forecast as CSV: the dates, and the values under the name of their column. */
export function formatCsv(
  column: string,
  { dates, values }: { readonly dates: readonly string[]; readonly values: readonly number[] },
): string {
  const name = /[",\n]/.test(column) ? `"${column.replaceAll('"', '""')}"` : column;
  return [`date,${name}`, ...dates.map((date, i) => `${date},${values[i]}`), ''].join('\n');
}
