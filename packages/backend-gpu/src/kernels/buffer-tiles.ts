import type { MatmulFlags } from '@lstm/core';
import type { KernelText } from '../gpu-js.ts';
import { quotient, residue, times } from '../source/index-math.ts';
import type { Sizes } from './tiles.ts';

const each = [0, 1, 2, 3] as const;
const side = each.length;

/** Returns how many threads make a product, each four rows of four columns of one part. */
export function bufferTiles({ batch, m, n }: Sizes, parts: number): number {
  return parts * batch * Math.ceil(m / side) * Math.ceil(n / side);
}

/**
 * Source of a thread that makes one tile for WebGPU: for four steps along k it reads eight elements for sixteen
 * multiplications each. It puts them where they belong; part `p` of k goes to the `p`-th copy of the product.
 */
export function bufferTileText(
  { transposeA, transposeB }: MatmulFlags,
  { batch, m, k, n }: Sizes,
  parts: number,
  apply: (value: string, column: string) => string,
  withBias: boolean,
): KernelText {
  const [rows, columns] = [Math.ceil(m / side), Math.ceil(n / side)];
  const thread = 'this.thread.x';
  const perPart = k / parts;
  const row = (i: number): string => `(whole(row) * ${side} + ${i})`;
  const column = (j: number): string => `(whole(column) * ${side} + ${j})`;
  const block = (size: number): string => (batch === 1 ? '' : `whole(block) * ${size} + `);
  const at = parts === 1 ? 'k' : `(whole(part) * ${perPart} + k)`;
  const left = (i: number): string =>
    `a[${block(m * k)}${transposeA ? `${at} * ${m} + ${row(i)}` : `${times(row(i), k)} + ${at}`}]`;
  const right = (j: number): string =>
    `b[${block(k * n)}${transposeB ? `${times(column(j), k)} + ${at}` : `${at} * ${n} + ${column(j)}`}]`;
  const put = (i: number, j: number): string => {
    const to = `((whole(part) * ${batch} + whole(block)) * ${m} + ${row(i)}) * ${n} + ${column(j)}`;
    const guards = [m % side !== 0 && `${row(i)} < ${m}`, n % side !== 0 && `${column(j)} < ${n}`].filter(Boolean);
    const write = `put0(${to}, ${apply(`s${i}${j}`, column(j))});`;
    return guards.length === 0 ? write : `if (${guards.join(' && ')}) { ${write} }`;
  };
  const all = (make: (i: number, j: number) => string): string =>
    each.flatMap((i) => each.map((j) => make(i, j))).join(' ');
  return {
    source: `function(a, b, ${withBias ? 'c, ' : ''}into) {
      const part = ${quotient(thread, batch * rows * columns)};
      const block = ${residue(quotient(thread, rows * columns), batch)};
      const row = ${residue(quotient(thread, columns), rows)};
      const column = ${residue(thread, columns)};
      ${all((i, j) => `let s${i}${j} = 0;`)}
      for (let k = 0; k < ${perPart}; k++) {
        ${each.map((i) => `const p${i} = ${left(i)};`).join(' ')}
        ${each.map((j) => `const q${j} = ${right(j)};`).join(' ')}
        ${all((i, j) => `s${i}${j} += p${i} * q${j};`)}
      }
      ${all(put)}
      return 0;
    }`,
    arguments: ['element', 'element', ...(withBias ? (['element'] as const) : []), 'target'],
  };
}
