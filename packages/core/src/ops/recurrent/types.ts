import type { HostArray } from '../../host-array.ts';
import type { Tensor } from '../../tensor.ts';
import type { CellActivation } from './activation.ts';

/** Weights of a recurrent cell with `G` gates: 4 (i, f, c, o) in an LSTM, 3 (z, r, h) in a GRU, 1 in a simple RNN. */
export interface CellWeights {
  /** `[input, G·units]` */
  readonly kernel: Tensor;
  /** `[units, G·units]` */
  readonly recurrentKernel: Tensor;
  /** `[G·units]`; a GRU with `resetAfter` takes `[2, 3·units]`, the input's bias and the recurrent one. Absent means zeros. */
  readonly bias?: Tensor | undefined;
}

/** Options of a single step of a simple RNN. */
export interface SimpleRnnCellOptions {
  /** Activation of the new state. Default `tanh`. */
  readonly activation?: CellActivation | undefined;
}

/** Options of a single step of an LSTM. */
export interface LstmCellOptions {
  /** Activation of the candidate and of the cell's output. Default `tanh`. */
  readonly activation?: CellActivation | undefined;
  /** Activation of the gates. Default `sigmoid`. */
  readonly recurrentActivation?: CellActivation | undefined;
}

/** Options of a single step of a GRU. */
export interface GruCellOptions extends LstmCellOptions {
  /** True (default): the reset gate acts on the recurrent product. False: on the state before it (Cho et al. 2014). */
  readonly resetAfter?: boolean | undefined;
}

/** What every recurrent op over a whole sequence takes besides its weights. */
export interface SequenceOptions {
  /** Initial state `[batch, units]`, zeros by default. */
  readonly h0?: Tensor | undefined;
  /** 0/1 `[batch, time]` of any pattern: a 0 carries the state over the step. */
  readonly mask?: Tensor | undefined;
  /** Valid steps of each sequence `[batch]`, 0 to time: shorthand for a right-padded mask. */
  readonly lengths?: HostArray | readonly number[] | undefined;
  /** Walk time from the last step to the first; outputs stay at their own time positions. Default false. */
  readonly reverse?: boolean | undefined;
  /** Outputs of masked steps are 0; by default they repeat the output of the step walked before, 0 before the first. */
  readonly zeroOutputForMask?: boolean | undefined;
  /** Scaled keep mask `[batch, input]` for the input, one for all steps (Gal & Ghahramani 2016). */
  readonly dropoutMask?: Tensor | undefined;
  /** Scaled keep mask `[batch, units]` for the state where it enters the recurrent product, one for all steps. */
  readonly recurrentDropoutMask?: Tensor | undefined;
}

/** Options of {@link simpleRnn}. */
export interface SimpleRnnOptions extends SimpleRnnCellOptions, SequenceOptions {}

/** Options of {@link lstm}. */
export interface LstmOptions extends LstmCellOptions, SequenceOptions {
  /** Initial cell state `[batch, units]`, zeros by default. */
  readonly c0?: Tensor | undefined;
}

/** Options of {@link gru}. */
export interface GruOptions extends GruCellOptions, SequenceOptions {}
