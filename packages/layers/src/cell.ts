import { OptionError, type SessionLayer, type Tensor } from '@lstm/core';
import { Layer } from './layer.ts';
import { notStreamed } from './layer-errors.ts';
import type { PartialShape } from './shape.ts';

/**
 * One step of a recurrent network, for `rnn`: a layer whose inputs are `[x, ...states]` and whose outputs are
 * `[output, ...next states]`, each `[batch, size]`.
 *
 * @example
 * ```ts
 * import { add, mul, ones, type Tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { Cell, rnn } from '@lstm/layers';
 *
 * // Adds up its inputs, forgetting a tenth at each step.
 * class Leaky extends Cell {
 *   readonly type: string = 'leaky';
 *   readonly outputSize: number = 2;
 *   readonly stateSizes: readonly number[] = [2];
 *   protected forward([x, h]: readonly Tensor[]): readonly Tensor[] {
 *     const next = add(x as Tensor, mul(h as Tensor, 0.9));
 *     return [next, next];
 *   }
 * }
 *
 * await useBackend(reference());
 * console.log(rnn(new Leaky()).call(ones([4, 3, 2])).shape); // => [ 4, 2 ]
 * ```
 */
export abstract class Cell extends Layer {
  /** Size of the output. */
  abstract readonly outputSize: number;
  /** Sizes of the states. */
  abstract readonly stateSizes: readonly number[];

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    return [this.outputSize, ...this.stateSizes].map((size) => [shape?.[0] ?? null, size]);
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    throw notStreamed(
      this,
      'Carry the states from call to call: rnn(cell, { stateful: true }), and predict sequences of one step.',
    );
  }

  /**
   * Returns a cell of the same options with parameters of its own, for the other direction of `bidirectional`.
   *
   * @throws OptionError where a cell does not say how
   */
  twin(): Cell {
    throw new OptionError(
      this.name,
      'the cell has no twin().',
      'The other direction of a bidirectional layer runs a cell of its own.',
      'Pass it: bidirectional(rnn(new MyCell()), { backwardLayer: rnn(new MyCell()) }).',
    );
  }
}
