import type { Cell } from './cell.ts';
import { Gru, type GruOptions, gruOptions } from './gru.ts';
import { recurrentOptions } from './recurrent.ts';
import { type CellOptions, RecurrentCell } from './recurrent-cell.ts';

/**
 * Returns the cell of a `gru` layer: one step, for `rnn` or a loop of your own. Its inputs are x `[batch, features]` and the
 * state h `[batch, units]`; its outputs are the new h, then the new state. Options and parameters are those of the layer.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { gruCell, rnn } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = rnn(gruCell({ units: 8 }), { returnSequences: true });
 * console.log(layer.call(ones([2, 10, 3])).shape); // => [ 2, 10, 8 ]
 * ```
 */
export function gruCell(options: CellOptions<GruOptions>): Cell {
  return new RecurrentCell('gruCell', options, [...recurrentOptions, ...gruOptions], {
    layer: (own) => new Gru(own, 'gruCell'),
    twin: gruCell,
  });
}
