import type { KernelText } from '../../gpu-js.ts';
import { quotient, residue } from '../../source/index-math.ts';
import { texelIndex } from '../../source/lanes.ts';
import type { Cell, CellActivations } from './cells.ts';
import type { Grid } from './grid.ts';

const each = [0, 1, 2, 3] as const;
const perUnit = (source: string): string => each.map((l) => source.replaceAll('$', String(l))).join('\n');
const four = (name: string): string => each.map((l) => `${name}${l}`).join(', ');

/** Position of a thread in a block: its texel of units and its sequence. */
const position = (units4: number): string =>
  `const x = ${residue(texelIndex, units4)}; const y = ${quotient(texelIndex, units4)};`;

/** What a step is given besides its states. */
export interface StepOptions {
  readonly bias: boolean;
  readonly mask: boolean;
  /** A mask multiplies h where it enters the recurrent product. */
  readonly keep: boolean;
}

/** Arguments of a kernel: names and how they are read, textures before integers. */
function argumentsOf(list: readonly (readonly [string, 'texel' | 'element' | 'integer'] | false)[]): {
  readonly names: string;
  readonly kinds: KernelText['arguments'];
} {
  const present = list.filter((one) => one !== false);
  return { names: present.map(([name]) => name).join(', '), kinds: present.map(([, kind]) => kind) };
}

/**
 * The input's products of two neighbouring times, for all gates: a thread makes four units of one sequence. Result
 * `parity · gates + gate` holds the even or odd times of a gate, `[batch, times / 2, units]`, as the steps read them.
 */
export function projectText({ gates }: Cell, { units4, time }: Grid, features: number): KernelText {
  const halves = Math.ceil(time / 2);
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
  const source = `function(input, kernel) {
    const x = ${residue(texelIndex, units4)};
    const row = ${quotient(texelIndex, units4 * halves)} * ${time} + ${residue(quotient(texelIndex, units4), halves)} * 2;
    ${sums.map((sum) => each.map((j) => `let ${sum}${j} = 0;`).join(' ')).join(' ')}
    for (let k = 0; k < ${count}; k++) { ${part('k', 4)} }
    ${rest}
    ${sums
      .slice(1)
      .map((sum) => `keep_${sum}(${four(sum)});`)
      .join(' ')}
    return [${four(sums[0] as string)}];
  }`;
  return { source, arguments: ['texel', 'texel'], extraResults: sums.slice(1).map((sum) => `keep_${sum}`) };
}

/** One step of a cell: a thread makes four units of one sequence, all gates of them. */
export function stepText(
  cell: Cell,
  activations: CellActivations,
  { units4, time }: Grid,
  { bias, mask, keep }: StepOptions,
  training: boolean,
): KernelText {
  const gates = Array.from({ length: cell.gates }, (_, gate) => gate);
  const results = [...(cell.carriesCell ? ['c'] : []), ...(training ? cell.saved : [])];
  const { names, kinds } = argumentsOf([
    ...gates.map((gate) => [`proj${gate}`, 'texel'] as const),
    ['rec', 'texel'],
    ['hPrev', 'texel'],
    cell.carriesCell && ['cPrev', 'texel'],
    bias && ['bias', 'texel'],
    mask && ['mask', 'element'],
    keep && ['keep', 'texel'],
    ['fromX', 'integer'],
    ['fromY', 'integer'],
    ['t', 'integer'],
    ['half', 'integer'],
  ]);
  const recurrentBias = cell.recurrentBias && bias;
  const source = `function(${names}) {
    ${position(units4)}
    ${gates.map((g) => each.map((l) => `let s${g}${l} = 0;`).join(' ')).join(' ')}
    for (let k = 0; k < ${units4}; k++) {
      const h = hPrev[1][fromY + whole(y)][fromX + k];
      ${keep ? `const e = keep[whole(y) * ${units4} + k];` : ''}
      ${each.map((l) => `const v${l} = h[${l}]${keep ? ` * e[${l}]` : ''};`).join(' ')}
      ${gates
        .map((g) => each.map((l) => `const w${g}${l} = rec[1][k * 4 + ${l}][${g * units4} + whole(x)];`).join(' '))
        .join('\n')}
      ${gates
        .map((g) =>
          each.map((j) => `s${g}${j} += ${each.map((l) => `v${l} * w${g}${l}[${j}]`).join(' + ')};`).join(' '),
        )
        .join('\n')}
    }
    const before = hPrev[1][fromY + whole(y)][fromX + whole(x)];
    ${perUnit('const hp$ = before[$];')}
    ${cell.carriesCell ? `const cell = cPrev[1][fromY + whole(y)][fromX + whole(x)]; ${perUnit('const cp$ = cell[$];')}` : ''}
    ${gates
      .map((g) => {
        const lines = [`const of${g} = proj${g}[(whole(y) * ${Math.ceil(time / 2)} + half) * ${units4} + whole(x)];`];
        if (bias) lines.push(`const b${g} = bias[${g * units4} + whole(x)];`);
        lines.push(perUnit(`const p${g}$ = of${g}[$]${bias ? ` + b${g}[$]` : ''};`));
        if (recurrentBias) {
          lines.push(`const a${g} = bias[${(cell.gates + g) * units4} + whole(x)];`, perUnit(`s${g}$ += a${g}[$];`));
        }
        return lines.join('\n');
      })
      .join('\n')}
    ${perUnit(cell.forward(activations))}
    ${
      mask
        ? `const valid = mask[whole(y) * ${time} + t];
    if (valid == 0) { ${perUnit(`h$ = hp$;${cell.carriesCell ? ' c$ = cp$;' : ''}`)} }`
        : ''
    }
    ${results.map((name) => `keep_${name}(${four(name)});`).join(' ')}
    return [${four('h')}];
  }`;
  return { source, arguments: kinds, extraResults: results.map((name) => `keep_${name}`) };
}

/** What a backward step is given. */
export interface BackStepOptions {
  /** `last`: nothing comes from a later step but the gradients of the final states. `initial`: only the gradient of h0. */
  readonly kind: 'last' | 'middle' | 'initial';
  readonly dy: boolean;
  /** Gradients of the final states are given. */
  readonly dh: boolean;
  readonly dc: boolean;
  readonly mask: boolean;
  readonly keep: boolean;
}

/** Returns whether some of the gradient of h is carried on beside the recurrent product. */
export function carriesThrough(cell: Cell, mask: boolean): boolean {
  return cell.bypasses || mask;
}

/** Names of the results of a backward step, the first one returned. */
export function backResults(cell: Cell, mask: boolean): readonly string[] {
  return [...cell.gradients, ...(cell.carriesCell ? ['dc'] : []), ...(carriesThrough(cell, mask) ? ['through'] : [])];
}

/**
 * One step back: first the gradient of h after the step, from the recurrent gradients of the step walked after it, then the
 * gradients of the gates. A masked step passes the gradients of its states on.
 */
export function backStepText(
  cell: Cell,
  activations: CellActivations,
  { units4, time }: Grid,
  { kind, dy, dh, dc, mask, keep }: BackStepOptions,
): KernelText {
  const { recurrentSide } = cell;
  const later = kind !== 'last';
  const inner = kind !== 'initial';
  const through = carriesThrough(cell, mask);
  const { names, kinds } = argumentsOf([
    later && ['rec', 'texel'],
    ...(later ? recurrentSide.map((name) => [`next${name}`, 'texel'] as const) : []),
    later && through && ['nextThrough', 'texel'],
    later && keep && ['keep', 'texel'],
    !later && dh && ['dhLast', 'texel'],
    ...(inner ? cell.saved.map((name) => [`save${name}`, 'texel'] as const) : []),
    inner && cell.reads !== 'neither' && ['state', 'texel'],
    inner && cell.carriesCell && later && ['nextCell', 'texel'],
    inner && cell.carriesCell && !later && dc && ['dcLast', 'texel'],
    inner && cell.carriesCell && ['cellBefore', 'texel'],
    inner && cell.carriesCell && ['cellAfter', 'texel'],
    inner && dy && ['dy', 'texel'],
    inner && mask && ['mask', 'element'],
    // Where the blocks of the step walked after this one, of the state before it and of the state after it start.
    ['nextX', 'integer'],
    ['nextY', 'integer'],
    ['beforeX', 'integer'],
    ['beforeY', 'integer'],
    ['afterX', 'integer'],
    ['afterY', 'integer'],
    ['t', 'integer'],
  ]);
  const at = (origin: string): string => `[1][${origin}Y + whole(y)][${origin}X + whole(x)]`;
  const flat = `[whole(y) * ${units4} + whole(x)]`;
  const results = inner ? backResults(cell, mask) : ['dh'];
  const zeros = [...cell.gradients.map((name) => `${name}$ = 0;`), ...(cell.carriesCell ? ['dc$ = carried$;'] : [])];
  const source = `function(${names}) {
    ${position(units4)}
    ${each.map((l) => `let dh${l} = 0;`).join(' ')}
    ${
      later
        ? `for (let k = 0; k < ${units4}; k++) {
      ${recurrentSide
        .map((name, g) => {
          const rows = each.map((l) => `const w${g}${l} = rec[1][whole(x) * 4 + ${l}][${g * units4} + k];`).join(' ');
          const sums = each.map((l) => `dh${l} += ${each.map((j) => `v${g}[${j}] * w${g}${l}[${j}]`).join(' + ')};`);
          return `const v${g} = next${name}[1][nextY + whole(y)][nextX + k]; ${rows} ${sums.join(' ')}`;
        })
        .join('\n')}
    }
    ${keep ? `const e = keep${flat}; ${perUnit('dh$ = dh$ * e[$];')}` : ''}
    ${through ? `const past = nextThrough${at('next')}; ${perUnit('dh$ += past[$];')}` : ''}`
        : dh
          ? `const final = dhLast${flat}; ${perUnit('dh$ = final[$];')}`
          : ''
    }
    ${
      inner
        ? `${dy ? `const out = dy[(whole(y) * ${time} + t) * ${units4} + whole(x)]; ${perUnit('dh$ += out[$];')}` : ''}
    ${cell.saved.map((name) => `const of_${name} = save${name}${at('after')}; ${perUnit(`const ${name}$ = of_${name}[$];`)}`).join('\n')}
    ${cell.reads === 'before' ? `const h = state${at('before')}; ${perUnit('const hp$ = h[$];')}` : ''}
    ${cell.reads === 'after' ? `const h = state${at('after')}; ${perUnit('const ha$ = h[$];')}` : ''}
    ${
      cell.carriesCell
        ? `const c = cellBefore${at('before')}; const ca = cellAfter${at('after')}; ${perUnit('const cp$ = c[$]; const ca$ = ca[$];')}
    ${each.map((l) => `let dc${l} = 0;`).join(' ')}
    ${later ? `const dcNext = nextCell${at('next')}; ${perUnit('dc$ = dcNext[$];')}` : dc ? `const dcNext = dcLast${flat}; ${perUnit('dc$ = dcNext[$];')}` : ''}
    ${perUnit('const carried$ = dc$;')}`
        : ''
    }
    ${each.map((l) => `let through${l} = 0;`).join(' ')}
    ${perUnit(cell.backward(activations))}
    ${
      mask
        ? `const valid = mask[whole(y) * ${time} + t];
    if (valid == 0) { ${perUnit(`${zeros.join(' ')} through$ = dh$;`)} }`
        : ''
    }`
        : ''
    }
    ${results
      .slice(1)
      .map((name) => `keep_${name}(${four(name)});`)
      .join(' ')}
    return [${four(results[0] as string)}];
  }`;
  return { source, arguments: kinds, extraResults: results.slice(1).map((name) => `keep_${name}`) };
}

/** How the steps of a walk are turned into rows `[batch, time]`. */
export interface CollectOptions {
  /** How many histories stand side by side in a row. */
  readonly histories: number;
  /** Step `i` of the walk is kept as block `i + offset`. */
  readonly offset: 0 | 1;
  readonly reverse: boolean;
  /** Rows are multiplied by a mask `[batch, units]`. */
  readonly keep: boolean;
  /** Rows are 0 where a mask `[batch, time]` is, or before the first valid step of the walk. */
  readonly blank: 'never' | 'masked' | 'beforeFirst';
}

/** Puts histories side by side into a tensor `[batch · time, histories · units]`. */
export function collectText(grid: Grid, { histories, offset, reverse, keep, blank }: CollectOptions): KernelText {
  const { batch, time, units4, perColumn } = grid;
  const width = histories * units4;
  const names = Array.from({ length: histories }, (_, n) => [`even${n}`, `odd${n}`]);
  const pick = (parity: 0 | 1): string =>
    names.map((pair, n) => `if (n == ${n}) { v = ${pair[parity]}[1][whole(line)][whole(column)]; }`).join(' else ');
  const list = argumentsOf([
    ...names.flat().map((name) => [name, 'texel'] as const),
    keep && ['keep', 'texel'],
    blank !== 'never' && ['mask', 'element'],
  ]);
  const row = quotient(texelIndex, width);
  const source = `function(${list.names}) {
    const n = ${quotient(residue(texelIndex, width), units4)};
    const x = ${residue(texelIndex, units4)};
    const y = ${quotient(row, time)};
    const t = ${residue(row, time)};
    const step = ${reverse ? `${time - 1} - t` : 't'};
    const slot = Math.floor((step + ${offset}) / 2 + 0.25);
    const parity = step + ${offset} - slot * 2;
    const over = Math.floor((slot + 0.5) / ${perColumn});
    const column = over * ${units4} + x;
    const line = (slot - over * ${perColumn}) * ${batch} + y;
    let v = [0, 0, 0, 0];
    if (parity < 0.5) { ${pick(0)} } else { ${pick(1)} }
    ${keep ? `const e = keep[whole(y) * ${units4} + whole(x)];` : ''}
    ${each.map((l) => `let r${l} = v[${l}]${keep ? ` * e[${l}]` : ''};`).join(' ')}
    ${blank === 'masked' ? `const valid = mask[${row}]; if (valid == 0) { ${perUnit('r$ = 0;')} }` : ''}
    ${blank === 'beforeFirst' ? `const first = mask[whole(y)]; if (step < first) { ${perUnit('r$ = 0;')} }` : ''}
    return [${four('r')}];
  }`;
  return { source, arguments: list.kinds };
}
