import type { MatmulFlags } from '@lstm/core';
import type { Lengths } from '../device.ts';
import type { KernelText } from '../gpu-js.ts';
import { quotient, residue } from '../source/index-math.ts';
import { partText } from './part-text.ts';
import type { Sizes } from './tiles.ts';

const each = [0, 1, 2, 3] as const;
const side = each.length;

/** A product that is made tile by tile in a buffer. */
export interface BufferTiles {
  /** Names the source. */
  readonly key: string;
  /** Each makes four rows of four columns of one part. */
  readonly threads: number;
  readonly lengths: Lengths;
  text(apply: (value: string, column: string) => string, withBias: boolean): KernelText;
}

/** Returns how a product is made on WebGPU, k cut into parts. */
export function bufferTiles(flags: MatmulFlags, sizes: Sizes, parts: number): BufferTiles {
  const { batch, m, k, n } = sizes;
  const [rows, columns] = [Math.ceil(m / side), Math.ceil(n / side)];
  const lengths = { batch, m, n, k, rows, columns, parts };
  const kinds = { ...flags, oneBlock: batch === 1, onePart: parts === 1, whole: m % side === 0 && n % side === 0 };
  return {
    key: Object.values(kinds).join('|'),
    threads: parts * batch * rows * columns,
    lengths,
    text: (apply, withBias) => tileText(kinds, Object.keys(lengths), apply, withBias),
  };
}

interface TileKinds extends MatmulFlags {
  readonly oneBlock: boolean;
  readonly onePart: boolean;
  /** All tiles lie within the product. */
  readonly whole: boolean;
}

/**
 * Source of a thread that makes one tile: for four steps along k it reads eight elements for sixteen multiplications each. It puts
 * them where they belong; part `p` of k goes to the `p`-th copy of the product.
 */
function tileText(
  { transposeA, transposeB, oneBlock, onePart, whole }: TileKinds,
  lengths: readonly string[],
  apply: (value: string, column: string) => string,
  withBias: boolean,
): KernelText {
  const thread = 'this.thread.x';
  const row = (i: number): string => `(whole(row) * ${side} + ${i})`;
  const column = (j: number): string => `(whole(column) * ${side} + ${j})`;
  const block = (size: string): string => (oneBlock ? '' : `whole(block) * ${size} + `);
  const { loop, at } = partText('k', onePart);
  const left = (i: number): string =>
    `a[${block('m * k')}${transposeA ? `${at} * m + ${row(i)}` : `${row(i)} * k + ${at}`}]`;
  const right = (j: number): string =>
    `b[${block('k * n')}${transposeB ? `${column(j)} * k + ${at}` : `${at} * n + ${column(j)}`}]`;
  const put = (i: number, j: number): string => {
    const to = `((whole(part) * batch + whole(block)) * m + ${row(i)}) * n + ${column(j)}`;
    const write = `put0(${to}, ${apply(`s${i}${j}`, column(j))});`;
    return whole ? write : `if (${row(i)} < m && ${column(j)} < n) { ${write} }`;
  };
  const all = (make: (i: number, j: number) => string): string =>
    each.flatMap((i) => each.map((j) => make(i, j))).join(' ');
  return {
    source: `function(a, b, ${withBias ? 'c, ' : ''}into, ${lengths.join(', ')}) {
      const part = ${quotient(thread, 'batch * rows * columns')};
      const block = ${oneBlock ? 0 : residue(quotient(thread, 'rows * columns'), 'batch')};
      const row = ${residue(quotient(thread, 'columns'), 'rows')};
      const column = ${residue(thread, 'columns')};
      ${all((i, j) => `let s${i}${j} = 0;`)}
      ${loop} {
        ${each.map((i) => `const p${i} = ${left(i)};`).join(' ')}
        ${each.map((j) => `const q${j} = ${right(j)};`).join(' ')}
        ${all((i, j) => `s${i}${j} += p${i} * q${j};`)}
      }
      ${all(put)}
      return 0;
    }`,
    arguments: [
      'element',
      'element',
      ...(withBias ? (['element'] as const) : []),
      'target',
      ...lengths.map(() => 'integer' as const),
    ],
  };
}
