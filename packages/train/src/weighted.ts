import { describeValue, OptionError } from '@lstm/core';
import { withPrefix } from './log-names.ts';
import type { Metric } from './metrics.ts';

/**
 * Returns a metric that counts each prediction by its `sampleWeight` (Keras's `weighted_metrics`); metrics count all alike without it.
 * Its name is that of the metric behind `weighted`: `weightedAccuracy`.
 *
 * @throws OptionError when it is no metric
 *
 * @example
 * ```ts
 * import { accuracy, weighted } from '@lstm/train';
 *
 * const metrics = [accuracy(), weighted(accuracy())];
 * console.log(metrics.map(({ name }) => name)); // => [ 'accuracy', 'weightedAccuracy' ]
 * ```
 */
export function weighted(metric: Metric): Metric {
  if (typeof metric?.start !== 'function') {
    const fix = 'Write for example weighted(accuracy()).';
    throw new OptionError('weighted', `metric is ${describeValue(metric)}.`, 'A metric has a name and start.', fix);
  }
  const { name, better } = metric;
  return { name: withPrefix('weighted', name), better, weighted: true, start: () => metric.start() };
}
