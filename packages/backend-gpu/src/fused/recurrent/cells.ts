import type { FusedActivation } from '@lstm/core';
import { activated, slope } from '../../source/activations.ts';

/** Activations of a cell. */
export interface CellActivations {
  readonly activation: FusedActivation;
  readonly recurrentActivation: FusedActivation;
}

/**
 * One launch of a step, for one of the units of a thread; `$` stands for its number. The source finds `p0$ …` (projection of
 * the input and biases) and `s0$ …` (recurrent product, with its own bias where there is one) of its gates, `hp$` and `cp$`
 * (state before), `he$` (that state as it enters the product) and what it reads; it leaves its results.
 */
export interface ForwardLaunch {
  readonly gates: readonly number[];
  /** What is multiplied with the recurrent kernel: the state before the step, or a result of the launch before. */
  readonly of: string;
  /** Results of the launch before. */
  readonly reads: readonly string[];
  readonly results: readonly string[];
  /** Further results, that only backward needs. */
  readonly saved: readonly string[];
  source(activations: CellActivations): string;
}

/**
 * One launch of a step back. The source finds what was saved, `hp$` and `cp$` (state before), `ha$` and `ca$` (state after),
 * `e$` (the mask that multiplies h where it enters the product). The first launch finds the gradients `dh$` and `dc$`, and
 * leaves in `dc$` that of the state before; a later one finds `sum$`, its products, and what it reads. Each leaves its results.
 */
export interface BackwardLaunch {
  /** Gradients of gates that go through the recurrent kernel: of the step walked before, or in a later launch of this one. */
  readonly products: readonly { readonly gradient: string; readonly gate: number }[];
  /** Saved by the forward step. */
  readonly saved: readonly string[];
  /** Reads the state h before, or after, the step. */
  readonly state: 'before' | 'after' | 'neither';
  /** Results of the launch before. */
  readonly reads: readonly string[];
  readonly results: readonly string[];
  source(activations: CellActivations): string;
}

/** A recurrent cell as source. */
export interface Cell {
  readonly gates: number;
  /** Has a cell state c. */
  readonly carriesCell: boolean;
  /** The recurrent product has a bias of its own. */
  readonly recurrentBias: boolean;
  /** Some gradient of h passes by the recurrent product. */
  readonly bypasses: boolean;
  readonly forward: readonly ForwardLaunch[];
  readonly backward: readonly BackwardLaunch[];
  /** Gradients of the input's product, gate by gate. */
  readonly inputSide: readonly string[];
  /** Products whose gradients make that of the recurrent kernel, gate by gate. */
  readonly recurrentSide: readonly { readonly of: string; readonly gradients: readonly string[] }[];
}

const products = (...gradients: readonly string[]): BackwardLaunch['products'] =>
  gradients.map((gradient, gate) => ({ gradient, gate }));

const lstmGradients = ['di', 'df', 'dg', 'dout'];

/** LSTM; gates i, f, c, o. */
const lstm: Cell = {
  gates: 4,
  carriesCell: true,
  recurrentBias: false,
  bypasses: false,
  forward: [
    {
      gates: [0, 1, 2, 3],
      of: 'h',
      reads: [],
      results: ['h', 'c'],
      saved: ['i', 'f', 'g', 'o'],
      source: ({ activation, recurrentActivation }) => `
        const i$ = ${activated(recurrentActivation, '(p0$ + s0$)')};
        const f$ = ${activated(recurrentActivation, '(p1$ + s1$)')};
        const g$ = ${activated(activation, '(p2$ + s2$)')};
        const o$ = ${activated(recurrentActivation, '(p3$ + s3$)')};
        let c$ = f$ * cp$ + i$ * g$;
        let h$ = o$ * ${activated(activation, 'c$')};`,
    },
  ],
  backward: [
    {
      products: products(...lstmGradients),
      saved: ['i', 'f', 'g', 'o'],
      state: 'neither',
      reads: [],
      results: [...lstmGradients, 'dc'],
      source: ({ activation, recurrentActivation }) => `
        const a$ = ${activated(activation, 'ca$')};
        const dcell$ = dc$ + dh$ * o$ * ${slope(activation, 'a$')};
        let di$ = dcell$ * g$ * ${slope(recurrentActivation, 'i$')};
        let df$ = dcell$ * cp$ * ${slope(recurrentActivation, 'f$')};
        let dg$ = dcell$ * i$ * ${slope(activation, 'g$')};
        let dout$ = dh$ * a$ * ${slope(recurrentActivation, 'o$')};
        dc$ = dcell$ * f$;`,
    },
  ],
  inputSide: lstmGradients,
  recurrentSide: [{ of: 'h', gradients: lstmGradients }],
};

/** GRU whose reset gate acts on the recurrent product; gates z, r, h. */
const gru: Cell = {
  gates: 3,
  carriesCell: false,
  recurrentBias: true,
  bypasses: true,
  forward: [
    {
      gates: [0, 1, 2],
      of: 'h',
      reads: [],
      results: ['h'],
      saved: ['z', 'r', 'g', 'q'],
      source: ({ activation, recurrentActivation }) => `
        const z$ = ${activated(recurrentActivation, '(p0$ + s0$)')};
        const r$ = ${activated(recurrentActivation, '(p1$ + s1$)')};
        const q$ = s2$;
        const g$ = ${activated(activation, '(p2$ + r$ * q$)')};
        let h$ = z$ * hp$ + (1 - z$) * g$;`,
    },
  ],
  backward: [
    {
      products: products('dz', 'dr', 'dq'),
      saved: ['z', 'r', 'g', 'q'],
      state: 'before',
      reads: [],
      results: ['dz', 'dr', 'dg', 'dq'],
      source: ({ activation, recurrentActivation }) => `
        let dz$ = dh$ * (hp$ - g$) * ${slope(recurrentActivation, 'z$')};
        let dg$ = dh$ * (1 - z$) * ${slope(activation, 'g$')};
        let dr$ = dg$ * q$ * ${slope(recurrentActivation, 'r$')};
        let dq$ = dg$ * r$;
        let through$ = dh$ * z$;`,
    },
  ],
  inputSide: ['dz', 'dr', 'dg'],
  recurrentSide: [{ of: 'h', gradients: ['dz', 'dr', 'dq'] }],
};

/**
 * GRU whose reset gate acts on the state before the product. Each step takes two launches, forward too: a candidate needs the reset
 * gates of all units, and the gates of the next step need all candidates. A launch ends where threads wait for each other: WebGL2
 * has no barrier, and gpu.js writes none for WebGPU. With the reset gates made again in every thread one launch would do, but each
 * thread of `units / 4` would then make all `units` of them: at 128 units eleven times the products of a step.
 */
const gruResetBefore: Cell = {
  gates: 3,
  carriesCell: false,
  recurrentBias: false,
  bypasses: true,
  forward: [
    {
      gates: [0, 1],
      of: 'h',
      reads: [],
      results: ['q', 'z'],
      saved: ['r'],
      source: ({ recurrentActivation }) => `
        const z$ = ${activated(recurrentActivation, '(p0$ + s0$)')};
        const r$ = ${activated(recurrentActivation, '(p1$ + s1$)')};
        const q$ = r$ * he$;`,
    },
    {
      gates: [2],
      of: 'q',
      reads: ['z'],
      results: ['h'],
      saved: ['g'],
      source: ({ activation }) => `
        const g$ = ${activated(activation, '(p2$ + s2$)')};
        let h$ = z$ * hp$ + (1 - z$) * g$;`,
    },
  ],
  backward: [
    {
      products: products('dz', 'dr'),
      saved: ['z', 'g'],
      state: 'before',
      reads: [],
      results: ['dz', 'dg', 'carry'],
      source: ({ activation, recurrentActivation }) => `
        let dz$ = dh$ * (hp$ - g$) * ${slope(recurrentActivation, 'z$')};
        let dg$ = dh$ * (1 - z$) * ${slope(activation, 'g$')};
        let carry$ = dh$ * z$;`,
    },
    {
      products: [{ gradient: 'dg', gate: 2 }],
      saved: ['r'],
      state: 'before',
      reads: ['carry'],
      results: ['dr'],
      source: ({ recurrentActivation }) => `
        const dr$ = sum$ * hp$ * e$ * ${slope(recurrentActivation, 'r$')};
        const through$ = carry$ + sum$ * r$ * e$;`,
    },
  ],
  inputSide: ['dz', 'dr', 'dg'],
  recurrentSide: [
    { of: 'h', gradients: ['dz', 'dr'] },
    { of: 'q', gradients: ['dg'] },
  ],
};

const simpleRnn: Cell = {
  gates: 1,
  carriesCell: false,
  recurrentBias: false,
  bypasses: false,
  forward: [
    {
      gates: [0],
      of: 'h',
      reads: [],
      results: ['h'],
      saved: [],
      source: ({ activation }) => `let h$ = ${activated(activation, '(p0$ + s0$)')};`,
    },
  ],
  backward: [
    {
      products: products('dz'),
      saved: [],
      state: 'after',
      reads: [],
      results: ['dz'],
      source: ({ activation }) => `let dz$ = dh$ * ${slope(activation, 'ha$')};`,
    },
  ],
  inputSide: ['dz'],
  recurrentSide: [{ of: 'h', gradients: ['dz'] }],
};

/** The cells by name. */
export const cells: Readonly<Record<'lstm' | 'gru' | 'gruResetBefore' | 'simpleRnn', Cell>> = {
  lstm,
  gru,
  gruResetBefore,
  simpleRnn,
};

/** Returns the results of each launch of a step forward. */
export function forwardResults({ forward }: Cell, training: boolean): readonly (readonly string[])[] {
  return forward.map(({ results, saved }) => (training ? [...results, ...saved] : results));
}

/** Returns whether some of the gradient of h is carried on beside the recurrent product. */
export function carriesThrough({ bypasses }: Cell, mask: boolean): boolean {
  return bypasses || mask;
}

/** Returns the results of each launch of a step back; the last one has what goes to h beside the recurrent product. */
export function backwardResults(cell: Cell, mask: boolean): readonly (readonly string[])[] {
  return cell.backward.map(({ results }, i) =>
    i === cell.backward.length - 1 && carriesThrough(cell, mask) ? [...results, 'through'] : results,
  );
}
