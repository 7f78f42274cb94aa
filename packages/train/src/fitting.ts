import { OptionError } from '@lstm/core';
import type { Network } from '@lstm/layers';

/** Networks that a `fit` is running for. */
const fitting = new WeakSet<Network>();

/**
 * Throws while a fit of the network is running.
 *
 * @throws OptionError
 */
export function expectIdle(where: string, network: Network, rule: string): void {
  if (!fitting.has(network)) return;
  throw new OptionError(where, 'a fit of this network is running.', rule, 'Await it first.');
}

/**
 * Resolves to what `run` does, which is the one fit of the network meanwhile.
 *
 * @throws OptionError while another is running
 */
export async function whileFitting<T>(where: string, network: Network, run: () => Promise<T>): Promise<T> {
  expectIdle(where, network, 'A network is trained by one fit at a time.');
  fitting.add(network);
  try {
    return await run();
  } finally {
    fitting.delete(network);
  }
}
