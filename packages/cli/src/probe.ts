import {
  type Backend,
  checkChoice,
  checkInteger,
  type HostArray,
  hostArray,
  meanSquaredError,
  sizeOf,
  uniform,
  useBackend,
} from '@lstm/core';
import { dense, gru, lstm, sequential, simpleRnn } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { createTrainer } from '@lstm/train';

const layers: {
  readonly lstm: typeof lstm;
  readonly gru: typeof gru;
  readonly simpleRnn: typeof simpleRnn;
} = { lstm, gru, simpleRnn };

/** The network whose speed is probed. */
export interface ProbeOptions {
  /** Default `lstm`. */
  readonly layer?: keyof typeof layers;
  /** Default 64. */
  readonly units?: number;
  /** Sequences at a time. Default 32. */
  readonly batch?: number;
  /** Time steps of a sequence. Default 32. */
  readonly time?: number;
  /** Values of a time step. Default 16. */
  readonly features?: number;
}

/** Their names. */
export const probeOptions: readonly (keyof ProbeOptions)[] = ['layer', 'units', 'batch', 'time', 'features'];

/** Names of the layers. */
export const probeLayers: readonly (keyof typeof layers)[] = Object.keys(layers) as (keyof typeof layers)[];

/** Milliseconds, the median of many. */
export interface Speed {
  readonly training: number;
  readonly prediction: number;
  readonly step: number;
}

/**
 * Returns the options with their defaults.
 *
 * @throws OptionError when one is out of its range
 */
export function checkProbe(where: string, options: ProbeOptions): Required<ProbeOptions> {
  const { layer = 'lstm', units = 64, batch = 32, time = 32, features = 16 } = options;
  checkChoice(where, 'layer', layer, probeLayers);
  for (const [name, value] of Object.entries({ units, batch, time, features })) checkInteger(where, name, value);
  return { layer, units, batch, time, features };
}

/** Resolves to the median time of a call in milliseconds. The first half of the calls, in which JavaScript is still compiled, does not count. */
async function medianOf(run: () => unknown, budgetMs: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + budgetMs;
  do {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  const warm = times.slice(Math.floor(times.length / 2)).sort((a, b) => a - b);
  return warm[Math.floor(warm.length / 2)] as number;
}

/** Resolves to how fast a backend is; it is the default one afterwards. */
export async function probe(
  backend: Backend,
  { layer, units, batch, time, features }: Required<ProbeOptions>,
  budgetMs: number,
): Promise<Speed> {
  await useBackend(backend);
  const network = sequential([layers[layer]({ units, inputShape: [time, features] }), dense({ units: 1 })]);
  const trainer = createTrainer(network, { optimizer: adam(), loss: meanSquaredError });
  const draw = (shape: readonly number[]): HostArray =>
    hostArray(uniform(sizeOf(shape), { seed: 0, name: 'probe', step: 0 }), shape);
  const [x, y] = [draw([batch, time, features]), draw([batch, 1])];
  const step = new Float32Array(features).fill(0.5);
  const session = trainer.stream();
  try {
    return {
      training: await medianOf(() => trainer.trainOnBatch(x, y), budgetMs / 2),
      prediction: await medianOf(() => trainer.predict(x, { batchSize: batch }), budgetMs / 4),
      step: await medianOf(() => session.step(step), budgetMs / 4),
    };
  } finally {
    session.dispose();
    trainer.dispose();
  }
}
