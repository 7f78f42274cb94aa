import type { FusedKernel, SingleOutput, SoftmaxCrossEntropyInputs } from '@lstm/core';
import { reduceKernel } from '../kernels/reduce.ts';
import { type RowInput, type Rows, rowSum } from '../kernels/row-sum.ts';
import { boundOf, checkIndices, rowWithin, withChecks } from '../kernels/rows.ts';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, laneKernel } from '../source/lanes.ts';
import { type Check, type GpuView, reshaped, type Store } from '../store.ts';

interface Saved {
  readonly inputs: SoftmaxCrossEntropyInputs<GpuView>;
  /** Largest logit of each row, and the sum of e^(logit − largest). */
  readonly largest: GpuView;
  readonly sum: GpuView;
  /** Whether the labels lie within the classes. */
  readonly checks: readonly Check[];
}

/** `log Σ e^logits − logits[label]` for each row; its gradient is `softmax(logits) − onehot(label)`. */
export function softmaxCrossEntropyKernel(
  store: Store,
): FusedKernel<SoftmaxCrossEntropyInputs<GpuView>, Record<never, never>, SingleOutput<GpuView>, Saved> {
  const where = 'softmaxCrossEntropy';
  return {
    supports: ({ logits }) => !logits.shape.includes(0),
    forward(inputs) {
      const { logits, labels } = inputs;
      const [rows, classes] = logits.shape as Rows;
      const checks = checkIndices(store, where, labels, classes);
      const bound = boundOf(labels, classes);
      const largest = reshaped(reduceKernel(store, 'max', logits, [1]), [rows]);
      const terms: RowInput[] = [
        { view: logits, per: 'element' },
        { view: largest, per: 'row' },
      ];
      const sum = rowSum(store, where, 'softmax sum', terms, [rows, classes], (x, top) => `expOf(${x} - ${top})`);
      const y = store.run({
        where,
        key: `label loss|${classes}|${bound}`,
        text: (lanes) =>
          laneKernel(lanes, ['element', 'element', 'element', 'element'], '', (lane) => {
            const row = elementIndex(lanes, lane);
            return {
              statements: rowWithin('label$', `b[${row}]`, bound),
              value: `c[${row}] - a[${times(row, classes)} + whole(label$)] + logOf(d[${row}])`,
            };
          }),
        inputs: [logits, labels, largest, sum],
        shape: [rows],
        dtype: 'float32',
      });
      return { outputs: { y: withChecks(y, checks) }, saved: { inputs, largest, sum, checks } };
    },
    backward({ inputs, largest, sum, checks }, { y: dy }) {
      if (dy === undefined) return {};
      const { logits, labels } = inputs;
      const [, classes] = logits.shape as Rows;
      const gradient = store.run({
        where,
        key: `label gradient|${classes}`,
        text: (lanes) =>
          laneKernel(lanes, ['element', 'element', 'element', 'element', 'element'], '', (lane) => {
            const at = elementIndex(lanes, lane);
            const row = quotient(at, classes);
            return {
              statements: `const label$ = b[${row}]; let p$ = expOf(a[${at}] - c[${row}]) / d[${row}];
                const class$ = ${residue(at, classes)}; if (class$ == label$) { p$ = p$ - 1; }`,
              value: `p$ * e[${row}]`,
            };
          }),
        inputs: [logits, labels, largest, sum, dy],
        shape: logits.shape,
        dtype: 'float32',
      });
      return { logits: withChecks(gradient, checks) };
    },
    release({ largest, sum }) {
      store.free(largest.handle);
      store.free(sum.handle);
    },
  };
}
