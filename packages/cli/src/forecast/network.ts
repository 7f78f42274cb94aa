import { type HostArray, meanSquaredError } from '@lstm/core';
import { dense, lstm, type Network, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { createTrainer, earlyStopping, type History, predict as predictScaled, type Trainer } from '@lstm/train';
import type { ForecastSettings } from './options.ts';
import type { Prepared } from './preparation.ts';

/** Epochs without a better validation loss after which training stops. */
const patience = 10;

/** Returns a network from windows `[window, columns]` to their horizon. */
export function forecastNetwork(columns: number, { window, horizon, units, seed }: ForecastSettings): Network {
  return sequential([lstm({ units, inputShape: [window, columns] }), dense({ units: horizon })], { seed });
}

/** Returns the trainer of a network. */
export function trainerOf(network: Network): Trainer {
  return createTrainer(network, { optimizer: adam({ learningRate: 3e-3, clipNorm: 1 }), loss: meanSquaredError });
}

/** Trains until the validation loss stops falling and takes the weights of the best epoch. */
export function train(
  trainer: Trainer,
  training: Prepared,
  validation: Prepared,
  { epochs, callbacks, signal }: Pick<ForecastSettings, 'epochs' | 'callbacks' | 'signal'>,
): Promise<History> {
  return trainer.fit(training.x, training.y, {
    epochs,
    validationData: [validation.x, validation.y],
    callbacks: [earlyStopping({ monitor: 'valLoss', patience, restoreBest: true }), ...callbacks],
    ...(signal && { signal }),
  });
}

/** Resolves to predictions in original units `[windows, horizon]`. */
export async function predict(network: Network, prepared: Prepared): Promise<HostArray<Float64Array>> {
  return prepared.restore(await predictScaled(network, prepared.x, { batchSize: 256 }));
}
