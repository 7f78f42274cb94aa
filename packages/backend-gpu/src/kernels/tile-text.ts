import type { MatmulFlags } from '@lstm/core';
import type { LaneText } from '../device.ts';
import type { KernelText } from '../gpu-js.ts';
import { quotient, residue } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel, texelIndex } from '../source/lanes.ts';
import { partText } from './part-text.ts';
import type { TileKinds } from './tiles.ts';

const each = [0, 1, 2, 3] as const;

/** Source of a thread that makes one tile: with 8 rows it reads twelve texels for 128 multiplications. */
export function tileText(
  { transposeA, transposeB }: MatmulFlags,
  { height, oneBlock, onePart, oneAcross, onePiece, left }: TileKinds,
  lengths: readonly string[],
): KernelText {
  const rows = Array.from({ length: height }, (_, i) => i);
  // gpu.js's variables are floats; these are small enough to be exact.
  const block = (length: string): string => (oneBlock ? '' : `whole(block) * ${length} + `);
  const aRow = (i: number): string => `(${block('m')}whole(row) * ${height} + ${i}) * k4`;
  const bRow = (j: number): string => `(${block('n')}whole(column) * 4 + ${j}) * k4`;
  /** Statements for four steps along k, or for the `count` steps that are left. */
  const steps = (at: string, count: number): string => {
    const some = each.slice(0, count);
    const ofA = transposeA
      ? some.flatMap((l) =>
          rows
            .filter((i) => i % 4 === 0)
            .map(
              (i) =>
                `const p${l}x${i} = a[(${block('k')}${at} * 4 + ${l}) * m4 + whole(row) * ${height / 4} + ${i / 4}];`,
            ),
        )
      : rows.map((i) => `const p${i} = a[${aRow(i)} + ${at}];`);
    const ofB = transposeB
      ? each.map((j) => `const q${j} = b[${bRow(j)} + ${at}];`)
      : some.map((l) => `const q${l} = b[(${block('k')}${at} * 4 + ${l}) * n4 + whole(column)];`);
    const factor = (i: number, l: number): string => (transposeA ? `p${l}x${i - (i % 4)}[${i % 4}]` : `p${i}[${l}]`);
    const term = (i: number, j: number): string =>
      some.map((l) => `${factor(i, l)} * ${transposeB ? `q${j}[${l}]` : `q${l}[${j}]`}`).join(' + ');
    const sums = rows.flatMap((i) => each.map((j) => `s${i}${j} += ${term(i, j)};`));
    return [...ofA, ...ofB, ...sums].join('\n');
  };
  const { loop, at } = partText('texels', onePart);
  const rest = left === 0 ? '' : `if (part == parts - 1) { ${steps('texels', left)} }`;
  return {
    source: `function(a, b, ${lengths.join(', ')}) {
      const x = ${residue(texelIndex, 'width')};
      const line = ${oneAcross ? '' : `${quotient('whole(x)', 'columns')} * lines + `}${quotient(texelIndex, 'width')};
      const row = ${residue('whole(line)', 'tileRows')};
      const block = ${oneBlock ? 0 : residue(quotient('whole(line)', 'tileRows'), 'batch')};
      const part = ${onePart ? 0 : residue(quotient('whole(line)', 'tileRows * batch'), 'parts')};
      const column = ${oneAcross ? 'x' : residue('whole(x)', 'columns')}${onePiece ? '' : ` + ${quotient('whole(line)', 'tileRows * batch * parts')} * columns`};
      ${rows.map((i) => each.map((j) => `let s${i}${j} = 0;`).join(' ')).join(' ')}
      ${loop} { ${steps(at, 4)} } ${rest}
      ${rows
        .slice(1)
        .map((i) => `row${i}(${each.map((j) => `s${i}${j}`).join(', ')});`)
        .join(' ')}
      return [${each.map((j) => `s0${j}`).join(', ')}];
    }`,
    arguments: ['texel', 'texel', ...lengths.map(() => 'integer' as const)],
    extraResults: rows.slice(1).map((i) => `row${i}`),
  };
}

/** Source that puts the results of the tiles into one tensor, the parts added up: row `r` stands in result `r % height`. */
export function mergeText(
  { height, oneBlock, onePart, oneAcross, onePiece, wholeRows }: TileKinds,
  apply: (value: string, column: string) => string,
  withBias: boolean,
): LaneText {
  const rows = Array.from({ length: height }, (_, i) => i);
  const kind = wholeRows ? 'texel' : 'element';
  const kinds = [...rows.map((): typeof kind => kind), ...(withBias ? (['element'] as const) : [])];
  // Of a line, in what the sources of rows count in.
  const columns = wholeRows ? 'columns' : 'columns * 4';
  const parts = onePart ? 1 : 'count(parts)';
  /** Statements that set `value` to what a part has for the place `at` of the product. */
  const pick = (value: string, at: string): string => {
    const line = quotient(at, 'rowLength');
    const column = residue(at, 'rowLength');
    const row = oneBlock ? line : residue(line, 'm');
    const piece = onePiece ? 'part$' : `(${quotient(column, columns)} * parts + part$)`;
    const block = oneBlock ? piece : `(${piece} * batch + ${quotient(at, 'm * rowLength')})`;
    return `const r$ = ${residue(row, height)};
      const line$ = ${block} * tileRows + ${quotient(row, height)};
      const x$ = ${oneAcross ? '' : `${quotient('whole(line$)', 'lines')} * ${columns} + `}${onePiece ? column : residue(column, columns)};
      const y$ = ${oneAcross ? 'line$' : residue('whole(line$)', 'lines')};
      ${rows.map((i) => `if (r$ == ${i}) { ${value} = ${inputNames[i]}[1][whole(y$)][whole(x$)]; }`).join(' else ')}`;
  };
  if (wholeRows) {
    const before = `${each.map((j) => `let s${j} = 0;`).join(' ')}
      for (let part$ = 0; part$ < ${parts}; part$++) {
        let v = [0, 0, 0, 0];
        ${pick('v', texelIndex)}
        ${each.map((j) => `s${j} += v[${j}];`).join(' ')}
      }`.replaceAll('$', '');
    return laneKernel(4, kinds, before, (lane) => ({
      statements: '',
      value: apply(`s${lane}`, `${residue(texelIndex, 'rowLength')} * 4 + ${lane}`),
    }));
  }
  return laneKernel(4, kinds, '', (lane) => {
    const at = elementIndex(4, lane);
    return {
      statements: `let s$ = 0;
        for (let part$ = 0; part$ < ${parts}; part$++) {
          let v$ = 0;
          ${pick('v$', at)}
          s$ += v$;
        }`,
      value: apply('s$', residue(at, 'rowLength')),
    };
  });
}
