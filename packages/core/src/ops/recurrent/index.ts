export type { CellActivation } from './activation.ts';
export { gru } from './gru.ts';
export { gruCell } from './gru-cell.ts';
export { lstm } from './lstm.ts';
export { type LstmState, lstmCell } from './lstm-cell.ts';
export { recurrentStack } from './recurrent-stack.ts';
export { type ScanOptions, scan } from './scan.ts';
export { simpleRnn } from './simple-rnn.ts';
export { simpleRnnCell } from './simple-rnn-cell.ts';
export type {
  CellWeights,
  GruCellOptions,
  GruOptions,
  LstmCellOptions,
  LstmOptions,
  SequenceOptions,
  SimpleRnnCellOptions,
  SimpleRnnOptions,
} from './types.ts';
