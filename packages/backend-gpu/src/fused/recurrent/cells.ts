import type { FusedActivation } from '@lstm/core';
import { activated, slope } from '../../source/activations.ts';

/** Activations of a cell. */
export interface CellActivations {
  readonly activation: FusedActivation;
  readonly recurrentActivation: FusedActivation;
}

/**
 * A recurrent cell as source, for one of the four units of a thread; `$` stands for its number.
 *
 * Forward it finds `p0$ …` (projection of the input and biases) and `s0$ …` (recurrent product, with its own bias where there
 * is one) of each gate, `hp$` and `cp$` (state before), and leaves `h$`, `c$` and what it saves. Backward it finds what was
 * saved, `hp$` and `cp$`, the state after (`ha$`, `ca$`) and the gradients `dh$` and `dc$`; it leaves the gradients it names,
 * `dc$` of the state before, and `through$`: what goes to h without passing the recurrent product.
 */
export interface Cell {
  readonly gates: number;
  /** Has a cell state c. */
  readonly carriesCell: boolean;
  /** The recurrent product has a bias of its own. */
  readonly recurrentBias: boolean;
  /** Results of a step, besides the states, that backward needs. */
  readonly saved: readonly string[];
  /** Backward reads the state h before, or after, a step. */
  readonly reads: 'before' | 'after' | 'neither';
  /** Results of a backward step. */
  readonly gradients: readonly string[];
  /** Which of them belong to the gates of the input's product, and which to those of the recurrent one. */
  readonly inputSide: readonly string[];
  readonly recurrentSide: readonly string[];
  /** Some gradient of h passes by the recurrent product. */
  readonly bypasses: boolean;
  forward(activations: CellActivations): string;
  backward(activations: CellActivations): string;
}

/** LSTM; gates i, f, c, o. */
const lstm: Cell = {
  gates: 4,
  carriesCell: true,
  recurrentBias: false,
  saved: ['i', 'f', 'g', 'o'],
  reads: 'neither',
  gradients: ['di', 'df', 'dg', 'dout'],
  inputSide: ['di', 'df', 'dg', 'dout'],
  recurrentSide: ['di', 'df', 'dg', 'dout'],
  bypasses: false,
  forward: ({ activation, recurrentActivation }) => `
    const i$ = ${activated(recurrentActivation, '(p0$ + s0$)')};
    const f$ = ${activated(recurrentActivation, '(p1$ + s1$)')};
    const g$ = ${activated(activation, '(p2$ + s2$)')};
    const o$ = ${activated(recurrentActivation, '(p3$ + s3$)')};
    let c$ = f$ * cp$ + i$ * g$;
    let h$ = o$ * ${activated(activation, 'c$')};`,
  backward: ({ activation, recurrentActivation }) => `
    const a$ = ${activated(activation, 'ca$')};
    const dcell$ = dc$ + dh$ * o$ * ${slope(activation, 'a$')};
    let di$ = dcell$ * g$ * ${slope(recurrentActivation, 'i$')};
    let df$ = dcell$ * cp$ * ${slope(recurrentActivation, 'f$')};
    let dg$ = dcell$ * i$ * ${slope(activation, 'g$')};
    let dout$ = dh$ * a$ * ${slope(recurrentActivation, 'o$')};
    dc$ = dcell$ * f$;`,
};

/** GRU whose reset gate acts on the recurrent product; gates z, r, h. */
const gru: Cell = {
  gates: 3,
  carriesCell: false,
  recurrentBias: true,
  saved: ['z', 'r', 'g', 'q'],
  reads: 'before',
  gradients: ['dz', 'dr', 'dg', 'dq'],
  inputSide: ['dz', 'dr', 'dg'],
  recurrentSide: ['dz', 'dr', 'dq'],
  bypasses: true,
  forward: ({ activation, recurrentActivation }) => `
    const z$ = ${activated(recurrentActivation, '(p0$ + s0$)')};
    const r$ = ${activated(recurrentActivation, '(p1$ + s1$)')};
    const q$ = s2$;
    const g$ = ${activated(activation, '(p2$ + r$ * q$)')};
    let h$ = z$ * hp$ + (1 - z$) * g$;`,
  backward: ({ activation, recurrentActivation }) => `
    let dz$ = dh$ * (hp$ - g$) * ${slope(recurrentActivation, 'z$')};
    let dg$ = dh$ * (1 - z$) * ${slope(activation, 'g$')};
    let dr$ = dg$ * q$ * ${slope(recurrentActivation, 'r$')};
    let dq$ = dg$ * r$;
    through$ = dh$ * z$;`,
};

const simpleRnn: Cell = {
  gates: 1,
  carriesCell: false,
  recurrentBias: false,
  saved: [],
  reads: 'after',
  gradients: ['dz'],
  inputSide: ['dz'],
  recurrentSide: ['dz'],
  bypasses: false,
  forward: ({ activation }) => `let h$ = ${activated(activation, '(p0$ + s0$)')};`,
  backward: ({ activation }) => `let dz$ = dh$ * ${slope(activation, 'ha$')};`,
};

/** The cells by the name of their fused op. */
export const cells: Readonly<Record<'lstm' | 'gru' | 'simpleRnn', Cell>> = { lstm, gru, simpleRnn };
