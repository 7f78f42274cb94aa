import type { DType, TypedArray } from './dtype.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';

const edgeItems = 3;
const longAxis = 8;

/** Returns `tensor float32 [2, 3]`. */
export function formatHeader(dtype: DType, shape: Shape): string {
  return `tensor ${dtype} ${formatShape(shape)}`;
}

function formatNumber(value: number, dtype: DType): string {
  if (dtype === 'int32' || !Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}

/** Returns the header and the values in aligned columns; axes longer than 8 show their first and last 3. */
export function formatTensor(dtype: DType, shape: Shape, data: TypedArray): string {
  const shown = (length: number): number[] =>
    length <= longAxis
      ? Array.from({ length }, (_, i) => i)
      : Array.from({ length: 2 * edgeItems + 1 }, (_, i) =>
          i < edgeItems ? i : i === edgeItems ? -1 : length - 2 * edgeItems - 1 + i,
        );
  const texts: string[] = [];
  const walk = (axis: number, offset: number, size: number, visit: (at: number) => void): void => {
    const length = shape[axis];
    if (length === undefined) visit(offset);
    else for (const i of shown(length)) if (i >= 0) walk(axis + 1, offset + (i * size) / length, size / length, visit);
  };
  walk(0, 0, sizeOf(shape), (at) => texts.push(formatNumber(data[at] ?? Number.NaN, dtype)));
  const width = Math.max(0, ...texts.map((text) => text.length));
  let next = 0;
  const build = (axis: number, indent: string): string => {
    const length = shape[axis];
    if (length === undefined) return (texts[next++] ?? '').padStart(shape.length === 0 ? 0 : width);
    const last = axis === shape.length - 1;
    const items = shown(length).map((i) => (i < 0 ? '…' : build(axis + 1, `${indent} `)));
    return `[${items.join(last ? ', ' : `,\n${indent} `)}]`;
  };
  return `${formatHeader(dtype, shape)}\n${build(0, '')}`;
}
