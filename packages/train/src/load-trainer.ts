import { checkOptions, OptionError } from '@lstm/core';
import { loadModel, type SavedState } from '@lstm/io';
import type { CustomLayers, Network } from '@lstm/layers';
import { type Optimizer, type OptimizerConfig, optimizerFromConfig } from '@lstm/optim';
import { type CompileOptions, compile, useReferenceByDefault } from './compile.ts';
import { type EpochHistory, historyFromJson } from './history.ts';
import { recipeHints, recipeOptions } from './recipe.ts';
import type { Trainer } from './trainer.ts';

/** Options of {@link loadTrainer}: what is code and stands in no file. */
export interface LoadTrainerOptions extends Omit<CompileOptions, 'optimizer'> {
  /** Takes the place of the one in the file, and its state where it is of the same type; needed for an optimizer of your own. */
  readonly optimizer?: Optimizer;
  /** Factories of layers of your own by their type. */
  readonly layers?: CustomLayers;
}

/** What {@link loadTrainer} found. */
export interface LoadedTrainer {
  readonly trainer: Trainer;
  /** As given to `save`: what `fit` takes to go on; undefined where none was given. */
  readonly history: EpochHistory | undefined;
  /** As given to `save`. */
  readonly extra: unknown;
}

/**
 * Returns the trainer that `save` of a trainer wrote: network, weights, carried states and optimizer are as they were, and
 * training goes on as if it had never stopped. Where no backend was chosen the reference backend is.
 *
 * @throws FormatError when the file is malformed, or holds layers or an optimizer that are not known
 * @throws OptionError when an option is unknown, or the file holds no optimizer and none is given
 *
 * @example
 * ```ts
 * import { dense, lstm, sequential } from '@lstm/layers';
 * import { compile, loadTrainer } from '@lstm/train';
 *
 * const network = sequential([lstm({ units: 4, inputShape: [3, 1] }), dense({ units: 1 })]);
 * const model = compile(network, { optimizer: 'adam', loss: 'mse' });
 * const [x, y] = [[[[1], [2], [3]], [[2], [3], [4]]], [[4], [5]]];
 * const bytes = await model.save({ history: await model.fit(x, y, { epochs: 2 }), extra: { unit: 'ppm' } });
 *
 * const { trainer, history, extra } = loadTrainer(bytes, { loss: 'mse' });
 * await trainer.fit(x, y, { history, epochs: 4 });
 * console.log(trainer.optimizer.iterations, extra); // => 4 { unit: 'ppm' }
 * ```
 */
export function loadTrainer(bytes: Uint8Array, options: LoadTrainerOptions): LoadedTrainer {
  checkOptions('loadTrainer', options, [...recipeOptions, 'layers'], recipeHints);
  const { layers, optimizer: given, ...recipe } = options;
  useReferenceByDefault();
  const { network, optimizer: saved, states, training, extra } = loadModel(bytes, { layers });
  if (given === undefined && saved === undefined) {
    throw new OptionError(
      'loadTrainer',
      'the file holds no optimizer.',
      'save of a trainer writes one, saveModel does not.',
      "Give one: loadTrainer(bytes, { optimizer: adam(), loss: 'mse' }).",
    );
  }
  const optimizer = given ?? optimizerFromConfig(saved?.config as OptimizerConfig);
  takeState(network, optimizer, { optimizer: saved, states });
  const history = historyFromJson((Object(training) as { readonly history?: unknown }).history);
  return { trainer: compile(network, { ...recipe, optimizer }), history, extra };
}

/** Gives a network the states and an optimizer the slots of a file. */
export function takeState(
  network: Network,
  optimizer: Optimizer,
  { optimizer: saved, states }: Pick<SavedState, 'optimizer' | 'states'>,
): void {
  network.writeStates(states);
  if (saved === undefined) return;
  // Moments of another kind of optimizer say nothing to this one; steps are counted on.
  const sameKind = optimizer.toConfig().type === (saved.config as OptimizerConfig).type;
  optimizer.loadState(sameKind ? saved.slots : {}, saved.iterations);
}
