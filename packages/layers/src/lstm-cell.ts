import type { Cell } from './cell.ts';
import { Lstm, type LstmOptions, lstmOptions } from './lstm.ts';
import { recurrentOptions } from './recurrent.ts';
import { type CellOptions, RecurrentCell } from './recurrent-cell.ts';

/**
 * Returns the cell of an `lstm` layer: one step, for `rnn` or a loop of your own. Its inputs are x `[batch, features]` and the
 * state h and c `[batch, units]`; its outputs are the new h, then the new state. Options and parameters are those of the layer.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { lstmCell, rnn } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = rnn(lstmCell({ units: 8 }), { returnSequences: true });
 * console.log(layer.call(ones([2, 10, 3])).shape); // => [ 2, 10, 8 ]
 * ```
 */
export function lstmCell(options: CellOptions<LstmOptions>): Cell {
  return new RecurrentCell('lstmCell', options, [...recurrentOptions, ...lstmOptions], {
    layer: (own) => new Lstm(own, 'lstmCell'),
    twin: lstmCell,
  });
}
