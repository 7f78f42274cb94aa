import type {
  FusedKernel,
  LayerNormAttributes,
  LayerNormInputs,
  LinearAttributes,
  LinearInputs,
  SingleOutput,
  SoftmaxCrossEntropyInputs,
} from '@lstm/core';
import { mapWalks } from '../kernels/elementwise.ts';
import { matmul } from '../kernels/matmul.ts';
import { reduceKernel } from '../kernels/reduce.ts';
import { type RowInput, rowSum } from '../kernels/row-sum.ts';
import { boundOf, checkIndices, rowWithin, withChecks } from '../kernels/rows.ts';
import { slope } from '../source/activations.ts';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, laneKernel } from '../source/lanes.ts';
import type { Check, GpuView, Store } from '../store.ts';

type Rows = readonly [rows: number, width: number];

const flat = (view: GpuView) => ({ view, walk: { dims: [view.handle.size], strides: [1], start: 0 } });
const perRow = (view: GpuView, dims: Rows) => ({ view, walk: { dims, strides: [1, 0], start: 0 } });
const perColumn = (view: GpuView, dims: Rows) => ({ view, walk: { dims, strides: [0, 1], start: 0 } });
const reshaped = (view: GpuView, shape: readonly number[]): GpuView => ({ ...view, shape });

interface LinearSaved {
  readonly inputs: LinearInputs<GpuView>;
  readonly y: GpuView;
  readonly attributes: LinearAttributes;
}

/** `activation(x · kernel + bias)`: bias and activation are part of the product's launch. */
export function linearKernel(
  store: Store,
): FusedKernel<LinearInputs<GpuView>, LinearAttributes, SingleOutput<GpuView>, LinearSaved> {
  return {
    supports: ({ x, kernel }) => !x.shape.includes(0) && !kernel.shape.includes(0),
    forward(inputs, attributes) {
      const { x, kernel, bias } = inputs;
      const epilogue = { bias, activation: attributes.activation };
      const y = matmul(store, x, kernel, { transposeA: false, transposeB: false }, epilogue);
      return { outputs: { y }, saved: { inputs, y, attributes } };
    },
    backward({ inputs, y, attributes }, { y: dy }, needs) {
      if (dy === undefined) return {};
      const { x, kernel, bias } = inputs;
      const { activation } = attributes;
      const result = { shape: y.shape, dtype: 'float32' } as const;
      const dz =
        activation === 'linear'
          ? dy
          : mapWalks(
              store,
              'linear',
              [flat(dy), flat(y)],
              (g, v) => `${g} * ${slope(activation, v as string)}`,
              result,
              `slope|${activation}`,
            );
      const found = {
        ...(needs.has('x') && { x: matmul(store, dz, kernel, { transposeA: false, transposeB: true }) }),
        ...(needs.has('kernel') && { kernel: matmul(store, x, dz, { transposeA: true, transposeB: false }) }),
        ...(bias && needs.has('bias') && { bias: reshaped(reduceKernel(store, 'sum', dz, [0]), bias.shape) }),
      };
      if (dz !== dy) store.free(dz.handle);
      return found;
    },
    release() {},
  };
}

interface SoftmaxSaved {
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
): FusedKernel<SoftmaxCrossEntropyInputs<GpuView>, Record<never, never>, SingleOutput<GpuView>, SoftmaxSaved> {
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

interface NormSaved {
  readonly inputs: LayerNormInputs<GpuView>;
  readonly mean: GpuView;
  /** Sum of squared distances from the mean. */
  readonly spread: GpuView;
  readonly attributes: LayerNormAttributes;
}

/** Layer normalization over the last axis. */
export function layerNormKernel(
  store: Store,
): FusedKernel<LayerNormInputs<GpuView>, LayerNormAttributes, SingleOutput<GpuView>, NormSaved> {
  const where = 'layerNorm';
  const element = (view: GpuView): RowInput => ({ view, per: 'element' });
  const row = (view: GpuView): RowInput => ({ view, per: 'row' });
  /** Source of 1 / standard deviation. */
  const scaleOf = (spread: string, width: number, { epsilon }: LayerNormAttributes): string =>
    `(1 / Math.sqrt(${spread} / ${width} + ${epsilon}))`;
  return {
    supports: ({ x }) => !x.shape.includes(0),
    forward(inputs, attributes) {
      const { x, gamma, beta } = inputs;
      const dims = x.shape as Rows;
      const width = dims[1];
      const mean = rowSum(store, where, `mean|${width}`, [element(x)], dims, (v) => `${v} / ${width}`);
      const spread = rowSum(
        store,
        where,
        'spread',
        [element(x), row(mean)],
        dims,
        (v, m) => `(${v} - ${m}) * (${v} - ${m})`,
      );
      const walks = [flat(x), perRow(mean, dims), perRow(spread, dims)];
      if (gamma !== undefined) walks.push(perColumn(gamma, dims));
      if (beta !== undefined) walks.push(perColumn(beta, dims));
      const value = (...[v, m, s, first, second]: string[]): string => {
        const normal = `(${v} - ${m}) * ${scaleOf(s as string, width, attributes)}`;
        const scaled = gamma === undefined ? normal : `${normal} * ${first}`;
        return beta === undefined ? scaled : `${scaled} + ${gamma === undefined ? first : second}`;
      };
      const key = `layer norm|${width}|${attributes.epsilon}|${gamma !== undefined}|${beta !== undefined}`;
      const y = mapWalks(store, where, walks, value, { shape: x.shape, dtype: 'float32' }, key);
      return { outputs: { y }, saved: { inputs, mean, spread, attributes } };
    },
    backward({ inputs, mean, spread, attributes }, { y: dy }, needs) {
      if (dy === undefined) return {};
      const { x, gamma, beta } = inputs;
      const dims = x.shape as Rows;
      const width = dims[1];
      const scale = (s: string): string => scaleOf(s, width, attributes);
      const shape = { shape: x.shape, dtype: 'float32' } as const;
      const key = `${width}|${attributes.epsilon}|${gamma !== undefined}`;
      const columns: RowInput[] = gamma === undefined ? [] : [{ view: gamma, per: 'column' }];
      const weighted = (value: string, factor: string | undefined): string =>
        factor === undefined ? value : `${value} * ${factor}`;
      const found: { x?: GpuView; gamma?: GpuView; beta?: GpuView } = {};
      if (needs.has('x')) {
        const sums = rowSum(store, where, `norm sums|${key}`, [element(dy), ...columns], dims, (g, f) =>
          weighted(g as string, f),
        );
        const products = rowSum(
          store,
          where,
          `norm products|${key}`,
          [element(dy), element(x), row(mean), ...columns],
          dims,
          (g, v, m, f) => weighted(`${g} * (${v} - ${m})`, f),
        );
        const walks = [
          flat(dy),
          flat(x),
          perRow(mean, dims),
          perRow(spread, dims),
          perRow(sums, dims),
          perRow(products, dims),
        ];
        if (gamma !== undefined) walks.push(perColumn(gamma, dims));
        const value = (...[g, v, m, s, total, product, f]: string[]): string => {
          const inverse = scale(s as string);
          return `${inverse} * (${weighted(g as string, f)} - ${total} / ${width} - (${v} - ${m}) * ${inverse} * ${inverse} * ${product} / ${width})`;
        };
        found.x = mapWalks(store, where, walks, value, shape, `norm gradient|${key}`);
        for (const { handle } of [sums, products]) store.free(handle);
      }
      if (gamma !== undefined && needs.has('gamma')) {
        const walks = [flat(dy), flat(x), perRow(mean, dims), perRow(spread, dims)];
        const value = (...[g, v, m, s]: string[]): string => `${g} * (${v} - ${m}) * ${scale(s as string)}`;
        const terms = mapWalks(store, where, walks, value, shape, `norm terms|${key}`);
        found.gamma = reshaped(reduceKernel(store, 'sum', terms, [0]), gamma.shape);
        store.free(terms.handle);
      }
      if (beta !== undefined && needs.has('beta'))
        found.beta = reshaped(reduceKernel(store, 'sum', dy, [0]), beta.shape);
      return found;
    },
    release({ mean, spread }) {
      store.free(mean.handle);
      store.free(spread.handle);
    },
  };
}
