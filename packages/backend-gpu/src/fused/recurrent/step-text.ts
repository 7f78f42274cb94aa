import type { KernelText } from '../../gpu-js.ts';
import type { Cell, CellActivations, ForwardLaunch } from './cells.ts';
import { ArgumentList, type Reach } from './steps.ts';

/** What a step is given besides its states. */
export interface StepOptions {
  readonly bias: boolean;
  readonly mask: boolean;
  /** A mask multiplies h where it enters the recurrent product. */
  readonly keep: boolean;
}

/** Returns statements once for each lane, with its number for `$`. */
export function perLane({ lanes }: Reach, source: string): string {
  return lanes.map((lane) => source.replaceAll('$', String(lane))).join('\n');
}

/** Returns statements that set `name0 …` to what a thread reads at once, or to what `value` makes of it. */
export function readLanes(
  reach: Reach,
  name: string,
  from: string,
  value: (part: string) => string = (part) => part,
): string {
  return `const from_${name} = ${from}; ${perLane(reach, `const ${name}$ = ${value(reach.part(`from_${name}`, '$'))};`)}`;
}

/** Returns the source of the thread's place in rows of units. */
export function rowPlace({ columns }: Reach, row = 'whole(y)', column = 'whole(x)'): string {
  return `${row} * ${columns} + ${column}`;
}

/** Returns statements that set `e0 …` to the mask that multiplies h where it enters the product, 1 without one. */
export function entryMask(reach: Reach, list: ArgumentList, keep: boolean): string {
  if (!keep) return perLane(reach, 'const e$ = 1;');
  return readLanes(reach, 'e', `${list.use('keep', 'texel')}[${rowPlace(reach)}]`);
}

/** Statements that set `s0$ …` to the recurrent products of a launch's gates. */
function recurrentProducts(reach: Reach, list: ArgumentList, { gates, of }: ForwardLaunch, keep: boolean): string {
  const { lanes, columns, part } = reach;
  const masked = keep && of === 'h';
  const vector = reach.state(list, of === 'h' ? 'before' : 'after', of, 'k');
  const mask = masked ? `const m = ${list.use('keep', 'texel')}[${rowPlace(reach, 'whole(y)', 'k')}];` : '';
  const weights = gates.flatMap((g) =>
    lanes.map((l) => `const w${g}x${l} = ${reach.weights(list, reach.unit('k', l), g, 'whole(x)')};`),
  );
  const sums = gates.flatMap((g) =>
    lanes.map((j) => `s${g}${j} += ${lanes.map((l) => `v${l} * ${part(`w${g}x${l}`, j)}`).join(' + ')};`),
  );
  return `${gates.map((g) => perLane(reach, `let s${g}$ = 0;`)).join(' ')}
    for (let k = 0; k < ${columns}; k++) {
      const vector = ${vector}; ${mask}
      ${perLane(reach, `const v$ = ${part('vector', '$')}${masked ? ` * ${part('m', '$')}` : ''};`)}
      ${weights.join('\n')}
      ${sums.join('\n')}
    }`;
}

/** One launch of a step: a thread makes its units of one sequence, all gates of them. */
export function stepText(
  cell: Cell,
  launch: ForwardLaunch,
  activations: CellActivations,
  reach: Reach,
  { bias, mask, keep }: StepOptions,
  results: readonly string[],
): KernelText {
  const list = new ArgumentList();
  const { columns } = reach;
  const biasOf = (row: number): string => `${list.use('bias', 'texel')}[${row * columns} + whole(x)]`;
  const source = launch.source(activations);
  const projections = launch.gates.map((g) =>
    [
      bias && readLanes(reach, `b${g}x`, biasOf(g)),
      readLanes(reach, `p${g}`, reach.projection(list, g), (value) => (bias ? `${value} + b${g}x$` : value)),
      cell.recurrentBias && bias && readLanes(reach, `a${g}x`, biasOf(cell.gates + g)),
      cell.recurrentBias && bias && perLane(reach, `s${g}$ += a${g}x$;`),
    ]
      .filter((one) => one !== false)
      .join('\n'),
  );
  const body = `
    ${reach.position}
    ${recurrentProducts(reach, list, launch, keep)}
    ${readLanes(reach, 'hp', reach.state(list, 'before', 'h', 'whole(x)'))}
    ${cell.carriesCell ? readLanes(reach, 'cp', reach.state(list, 'before', 'c', 'whole(x)')) : ''}
    ${source.includes('he$') ? `${entryMask(reach, list, keep)} ${perLane(reach, 'const he$ = hp$ * e$;')}` : ''}
    ${launch.reads.map((name) => readLanes(reach, name, reach.state(list, 'after', name, 'whole(x)'))).join('\n')}
    ${projections.join('\n')}
    ${perLane(reach, source)}
    ${
      mask && results.includes('h')
        ? `const valid = ${list.use('mask', 'element')}[whole(y) * ${list.use('time', 'integer')} + ${list.use('t', 'integer')}];
    if (valid == 0) { ${perLane(reach, `h$ = hp$;${cell.carriesCell ? ' c$ = cp$;' : ''}`)} }`
        : ''
    }`;
  return reach.finish(list, body, results);
}

/** The states before the first step: those given, else zeros. */
export function initialText(reach: Reach, given: readonly string[], results: readonly string[]): KernelText {
  const list = new ArgumentList();
  const values = results.map((name) => {
    if (!given.includes(name)) return perLane(reach, `const ${name}$ = 0;`);
    return readLanes(reach, name, `${list.use(`initial${name}`, 'texel')}[${rowPlace(reach)}]`);
  });
  return reach.finish(list, `${reach.position} ${values.join('\n')}`, results);
}
