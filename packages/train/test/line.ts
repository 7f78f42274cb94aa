import { meanSquaredError } from '@lstm/core';
import { dense, type Network, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { createTrainer, type Trainer } from '../src/index.ts';

/** y = 2x + 1. */
export const line: { readonly x: number[][]; readonly y: number[][] } = {
  x: Array.from({ length: 20 }, (_, i) => [i / 20]),
  y: Array.from({ length: 20 }, (_, i) => [i / 10 + 1]),
};

/** A trainer of one weight and one bias. */
export const lineTrainer = (learningRate = 0.1): Trainer =>
  createTrainer(sequential([dense({ units: 1, inputShape: [1] })]), {
    optimizer: sgd({ learningRate }),
    loss: meanSquaredError,
  });

/** The values of all parameters. */
export const weightsOf = (network: Network): number[][] => network.parameters.map(({ value }) => [...value.dataSync()]);
