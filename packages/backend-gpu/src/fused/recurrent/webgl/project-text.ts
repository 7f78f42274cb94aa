import type { Lengths } from '../../../device.ts';
import type { KernelText } from '../../../gpu-js.ts';
import { quotient, residue } from '../../../source/index-math.ts';
import { texelIndex } from '../../../source/lanes.ts';
import type { Grid } from './grid.ts';

const each = [0, 1, 2, 3] as const;
const four = (name: string): string => each.map((l) => `${name}${l}`).join(', ');

/** Returns what a grid is to the source of the products. */
export function projectLengths({ batch, time: last, perColumn, width }: Grid): Lengths {
  return { batch, time: last + 1, perColumn, width };
}

/**
 * The input's products of two neighbouring times, for all gates: a thread makes four units of one sequence. Result
 * `parity · gates + gate` holds the even or odd times of a gate as blocks of a grid of `times − 1` steps.
 */
export function projectText(gates: number, grid: Grid, features: number): KernelText {
  const { units4 } = grid;
  const lengths = Object.keys(projectLengths(grid));
  const row4 = Math.ceil(features / 4);
  const all = Array.from({ length: gates }, (_, gate) => gate);
  const sums = [0, 1].flatMap((parity) => all.map((gate) => `s${parity}${gate}`));
  /** Statements for four features, or for the `count` that are left. */
  const part = (at: string, count: number): string => {
    const some = each.slice(0, count);
    const weights = all.flatMap((g) =>
      some.map((l) => `const w${g}${l} = kernel[((${at} * 4 + ${l}) * ${gates} + ${g}) * ${units4} + whole(x)];`),
    );
    const products = [0, 1].flatMap((parity) =>
      all.flatMap((g) =>
        each.map((j) => `s${parity}${g}${j} += ${some.map((l) => `v${parity}[${l}] * w${g}${l}[${j}]`).join(' + ')};`),
      ),
    );
    return `const v0 = input[whole(row) * ${row4} + ${at}]; const v1 = input[(whole(row) + 1) * ${row4} + ${at}];
      ${weights.join(' ')} ${products.join(' ')}`;
  };
  const count = Math.floor(features / 4);
  const rest = features % 4 === 0 ? '' : `for (let r = ${count}; r < ${count + 1}; r++) { ${part('r', features % 4)} }`;
  const over = grid.width === units4 ? '' : `${quotient(residue(texelIndex, 'width'), units4)} * perColumn + `;
  const source = `function(input, kernel, ${lengths.join(', ')}) {
    const line = ${quotient(texelIndex, 'width')};
    const x = ${residue(residue(texelIndex, 'width'), units4)};
    const slot = ${over}${quotient('whole(line)', 'batch')};
    const row = ${residue('whole(line)', 'batch')} * time + slot * 2;
    ${sums.map((sum) => each.map((j) => `let ${sum}${j} = 0;`).join(' ')).join(' ')}
    for (let k = 0; k < ${count}; k++) { ${part('k', 4)} }
    ${rest}
    ${sums
      .slice(1)
      .map((sum) => `keep_${sum}(${four(sum)});`)
      .join(' ')}
    return [${four(sums[0] as string)}];
  }`;
  return {
    source,
    arguments: ['texel', 'texel', ...lengths.map(() => 'integer' as const)],
    extraResults: sums.slice(1).map((sum) => `keep_${sum}`),
  };
}
