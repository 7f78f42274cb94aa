import type { TypedArray } from '../dtype.ts';
import { OptionError } from '../errors.ts';
import { formatShape, sizeOf } from '../shape.ts';
import { dataOf, type HostView, newView } from './buffer.ts';

function checkIndices(where: string, indices: TypedArray, shape: readonly number[], rows: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index >= 0 && index < rows) continue;
    throw new OptionError(
      where,
      `index ${index} at flat position ${i} of indices ${formatShape(shape)} is out of range.`,
      `The table has ${rows} rows, so an index lies in [0, ${rows - 1}].`,
      'Enlarge the table, or map unknown tokens to one of its rows.',
    );
  }
}

/** The kernel `gather`. */
export function gather(table: HostView, indices: HostView): HostView {
  const [rows = 0, ...rest] = table.shape;
  const width = sizeOf(rest);
  const [source, index] = [dataOf(table), dataOf(indices)];
  checkIndices('gather', index, indices.shape, rows);
  const result = newView([...indices.shape, ...rest], table.dtype);
  const output = dataOf(result);
  for (let i = 0; i < index.length; i++) {
    const from = (index[i] as number) * width;
    output.set(source.subarray(from, from + width), i * width);
  }
  return result;
}

/** The kernel `scatterAdd`: sums in float64. */
export function scatterAdd(indices: HostView, updates: HostView, rows: number): HostView {
  const rest = updates.shape.slice(indices.shape.length);
  const width = sizeOf(rest);
  const [index, source] = [dataOf(indices), dataOf(updates)];
  checkIndices('scatterAdd', index, indices.shape, rows);
  const sums = new Float64Array(rows * width);
  for (let i = 0; i < index.length; i++) {
    const to = (index[i] as number) * width;
    for (let j = 0; j < width; j++) sums[to + j] = (sums[to + j] as number) + (source[i * width + j] as number);
  }
  const result = newView([rows, ...rest], updates.dtype);
  dataOf(result).set(sums);
  return result;
}
