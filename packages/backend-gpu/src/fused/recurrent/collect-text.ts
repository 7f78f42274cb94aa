import type { KernelText } from '../../gpu-js.ts';
import { quotient, residue } from '../../source/index-math.ts';
import { perLane, rowPlace } from './step-text.ts';
import { ArgumentList, type Reach } from './steps.ts';

/** How the steps of a walk are turned into rows `[batch, time]`. */
export interface CollectOptions {
  /** Results that stand side by side in a row. */
  readonly names: readonly string[];
  /** Step `i` of the walk is kept as block `i + offset`. */
  readonly offset: 0 | 1;
  readonly reverse: boolean;
  /** Rows are multiplied by a mask `[batch, units]`. */
  readonly keep: boolean;
  /** Rows are 0 where a mask `[batch, time]` is, or before the first valid step of the walk. */
  readonly blank: 'never' | 'masked' | 'beforeFirst';
}

/** Puts results of all steps side by side into a tensor `[batch · time, names · units]`. */
export function collectText(reach: Reach, { names, offset, reverse, keep, blank }: CollectOptions): KernelText {
  const list = new ArgumentList();
  const { columns, lanes, thread, part } = reach;
  const time = list.use('time', 'integer');
  const width = names.length * columns;
  const row = quotient(thread, width);
  const pick = (parity: 'even' | 'odd'): string =>
    names.map((name, n) => `if (n == ${n}) { v = ${reach.stored(list, parity, name)}; }`).join(' else ');
  const mask = (): string => list.use('mask', 'element');
  const body = `
    const n = ${quotient(residue(thread, width), columns)};
    const x = ${residue(thread, columns)};
    const y = ${quotient(row, time)};
    const t = ${residue(row, time)};
    const step = ${reverse ? `${time} - 1 - t` : 't'};
    const slot = Math.floor((step + ${offset}) / 2 + 0.25);
    const parity = step + ${offset} - slot * 2;
    ${reach.beforeStored(list)}
    let v = ${lanes.length === 4 ? '[0, 0, 0, 0]' : '0'};
    if (parity < 0.5) { ${pick('even')} } else { ${pick('odd')} }
    ${keep ? `const e = ${list.use('keep', 'texel')}[${rowPlace(reach)}];` : ''}
    ${perLane(reach, `let row$ = ${part('v', '$')}${keep ? ` * ${part('e', '$')}` : ''};`)}
    ${blank === 'masked' ? `const valid = ${mask()}[${row}]; if (valid == 0) { ${perLane(reach, 'row$ = 0;')} }` : ''}
    ${blank === 'beforeFirst' ? `const first = ${mask()}[whole(y)]; if (step < first) { ${perLane(reach, 'row$ = 0;')} }` : ''}`;
  return reach.finish(list, body, ['row']);
}
