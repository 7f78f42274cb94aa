import { describeValue, OptionError } from '@lstm/core';
import type { Network } from '@lstm/layers';

/**
 * Makes the parameters of a network where that was not done before.
 *
 * @throws OptionError when it is no network
 */
export function build(where: string, network: Network): void {
  if (typeof network?.runAll !== 'function') {
    const fix = 'Pass sequential([…]), model({ … }) or the network of a trainer.';
    throw new OptionError(where, `the first argument is ${describeValue(network)}.`, 'It is a network.', fix);
  }
  if (!network.built) network.build();
}
