import type { Cell } from './cell.ts';
import { type RecurrentOptions, recurrentOptions } from './recurrent.ts';
import { type CellOptions, RecurrentCell } from './recurrent-cell.ts';
import { SimpleRnn } from './simple-rnn.ts';

/**
 * Returns the cell of a `simpleRnn` layer: one step, for `rnn` or a loop of your own. Its inputs are x `[batch, features]` and the
 * state h `[batch, units]`; its outputs are the new h, then the new state. Options and parameters are those of the layer.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { rnn, simpleRnnCell } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = rnn(simpleRnnCell({ units: 8 }), { returnSequences: true });
 * console.log(layer.call(ones([2, 10, 3])).shape); // => [ 2, 10, 8 ]
 * ```
 */
export function simpleRnnCell(options: CellOptions<RecurrentOptions>): Cell {
  return new RecurrentCell('simpleRnnCell', options, recurrentOptions, {
    layer: (own) => new SimpleRnn('simpleRnnCell', own),
    twin: simpleRnnCell,
  });
}
