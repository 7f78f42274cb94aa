import type { KernelText } from '../../gpu-js.ts';
import { type BackwardLaunch, type Cell, type CellActivations, carriesThrough } from './cells.ts';
import { entryMask, perLane, readLanes, rowPlace } from './step-text.ts';
import { ArgumentList, type At, type Reach } from './steps.ts';

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

/** Statements that set `sum0 …` to gradients times the transposed recurrent kernel. */
function backProducts(reach: Reach, list: ArgumentList, products: BackwardLaunch['products'], at: At): string {
  const { lanes, columns, part } = reach;
  const each = products.map(({ gradient, gate }) => {
    const weights = lanes.map(
      (l) => `const w${gate}x${l} = ${reach.weights(list, reach.unit('whole(x)', l), gate, 'k')};`,
    );
    const sums = lanes.map(
      (l) => `sum${l} += ${lanes.map((j) => `${part(`v${gate}`, j)} * ${part(`w${gate}x${l}`, j)}`).join(' + ')};`,
    );
    return `const v${gate} = ${reach.state(list, at, gradient, 'k')}; ${weights.join(' ')} ${sums.join(' ')}`;
  });
  return `${perLane(reach, 'let sum$ = 0;')}
    for (let k = 0; k < ${columns}; k++) { ${each.join('\n')} }`;
}

/** Statements that read what was saved, and the state where it is needed. */
function reads(reach: Reach, list: ArgumentList, { saved, state }: BackwardLaunch): string {
  const own = saved.map((name) => readLanes(reach, name, reach.state(list, 'after', name, 'whole(x)')));
  if (state === 'before') own.push(readLanes(reach, 'hp', reach.state(list, 'before', 'h', 'whole(x)')));
  if (state === 'after') own.push(readLanes(reach, 'ha', reach.state(list, 'after', 'h', 'whole(x)')));
  return own.join('\n');
}

/** Statements that set `dh0 …` to the gradient of h after the step, from the step walked before it. */
function stateGradient(cell: Cell, reach: Reach, list: ArgumentList, options: BackStepOptions): string {
  const { kind, dh, mask, keep } = options;
  if (kind === 'last') {
    if (!dh) return perLane(reach, 'let dh$ = 0;');
    return `${readLanes(reach, 'final', `${list.use('dhLast', 'texel')}[${rowPlace(reach)}]`)} ${perLane(reach, 'let dh$ = final$;')}`;
  }
  const { products } = cell.backward[0] as BackwardLaunch;
  return `${backProducts(reach, list, products, 'next')}
    ${keep ? entryMask(reach, list, keep) : ''}
    ${perLane(reach, `let dh$ = sum$${keep ? ' * e$' : ''};`)}
    ${
      carriesThrough(cell, mask)
        ? `${readLanes(reach, 'past', reach.state(list, 'next', 'through', 'whole(x)'))} ${perLane(reach, 'dh$ += past$;')}`
        : ''
    }`;
}

/** Statements that set `cp0 …`, `ca0 …` and the gradient `dc0 …` of c after the step. */
function cellGradient(reach: Reach, list: ArgumentList, { kind, dc }: BackStepOptions): string {
  const later =
    kind === 'last'
      ? dc && `${list.use('dcLast', 'texel')}[${rowPlace(reach)}]`
      : reach.state(list, 'next', 'dc', 'whole(x)');
  return `${readLanes(reach, 'cp', reach.state(list, 'before', 'c', 'whole(x)'))}
    ${readLanes(reach, 'ca', reach.state(list, 'after', 'c', 'whole(x)'))}
    ${later === false ? perLane(reach, 'const carried$ = 0;') : readLanes(reach, 'carried', later)}
    ${perLane(reach, 'let dc$ = carried$;')}`;
}

/**
 * The first launch of a step back: the gradient of h after the step, then the gradients of the gates. A masked step passes the
 * gradients of its states on.
 */
export function backStepText(
  cell: Cell,
  activations: CellActivations,
  reach: Reach,
  options: BackStepOptions,
  results: readonly string[],
): KernelText {
  const list = new ArgumentList();
  const gradient = `${reach.position} ${stateGradient(cell, reach, list, options)}`;
  if (options.kind === 'initial') return reach.finish(list, gradient, ['dh']);
  const launch = cell.backward[0] as BackwardLaunch;
  const source = launch.source(activations);
  const passed: readonly string[] = results.filter((name) => name === 'through' || name === 'carry');
  /** The place of the step in `[batch, time]`. */
  const place = (): string => `whole(y) * ${list.use('time', 'integer')} + ${list.use('t', 'integer')}`;
  const skipped = results.map((name) => {
    if (passed.includes(name)) return `${name}$ = dh$;`;
    return `${name}$ = ${name === 'dc' ? 'carried$' : '0'};`;
  });
  const body = `${gradient}
    ${
      options.dy
        ? `${readLanes(reach, 'out', `${list.use('dy', 'texel')}[${rowPlace(reach, `(${place()})`)}]`)} ${perLane(reach, 'dh$ += out$;')}`
        : ''
    }
    ${reads(reach, list, launch)}
    ${cell.carriesCell ? cellGradient(reach, list, options) : ''}
    ${perLane(reach, source)}
    ${passed.includes('through') && !cell.bypasses ? perLane(reach, 'let through$ = 0;') : ''}
    ${
      options.mask
        ? `const valid = ${list.use('mask', 'element')}[${place()}];
    if (valid == 0) { ${perLane(reach, skipped.join(' '))} }`
        : ''
    }`;
  return reach.finish(list, body, results);
}

/** A later launch of a step back: from products of gradients that the launch before made. */
export function laterBackText(
  launch: BackwardLaunch,
  activations: CellActivations,
  reach: Reach,
  keep: boolean,
  results: readonly string[],
): KernelText {
  const list = new ArgumentList();
  const body = `${reach.position}
    ${backProducts(reach, list, launch.products, 'own')}
    ${entryMask(reach, list, keep)}
    ${reads(reach, list, launch)}
    ${launch.reads.map((name) => readLanes(reach, name, reach.state(list, 'own', name, 'whole(x)'))).join('\n')}
    ${perLane(reach, launch.source(activations))}`;
  return reach.finish(list, body, results);
}
