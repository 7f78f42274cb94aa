import type { FusedKernel, LayerNormAttributes, LayerNormInputs, SingleOutput } from '@lstm/core';
import { flat, mapWalks, type WalkedInput } from '../kernels/elementwise.ts';
import { reduceKernel } from '../kernels/reduce.ts';
import { type RowInput, type Rows, rowSum } from '../kernels/row-sum.ts';
import { type GpuView, reshaped, type Store } from '../store.ts';

const where = 'layerNorm';

interface Saved {
  readonly inputs: LayerNormInputs<GpuView>;
  readonly mean: GpuView;
  /** Sum of squared distances from the mean. */
  readonly spread: GpuView;
  readonly attributes: LayerNormAttributes;
}

const perRow = (view: GpuView, dims: Rows): WalkedInput => ({ view, walk: { dims, strides: [1, 0], start: 0 } });
const perColumn = (view: GpuView, dims: Rows): WalkedInput => ({ view, walk: { dims, strides: [0, 1], start: 0 } });
const element = (view: GpuView): RowInput => ({ view, per: 'element' });
const row = (view: GpuView): RowInput => ({ view, per: 'row' });

/** Source of 1 / standard deviation. */
function scaleOf(spread: string, width: number, { epsilon }: LayerNormAttributes): string {
  return `(1 / Math.sqrt(${spread} / ${width} + ${epsilon}))`;
}

/** Source of a value times the factor of its column where there is one. */
function weighted(value: string, factor: string | undefined): string {
  return factor === undefined ? value : `${value} * ${factor}`;
}

/** What of the inputs is in the source of a kernel. */
function keyOf({ x, gamma }: LayerNormInputs<GpuView>, { epsilon }: LayerNormAttributes): string {
  return `${x.shape[1]}|${epsilon}|${gamma !== undefined}`;
}

function forward(store: Store, inputs: LayerNormInputs<GpuView>, attributes: LayerNormAttributes) {
  const { x, gamma, beta } = inputs;
  const dims = x.shape as Rows;
  const width = dims[1];
  const mean = rowSum(store, where, `mean|${width}`, [element(x)], dims, (v) => `${v} / ${width}`);
  const squares = [element(x), row(mean)];
  const spread = rowSum(store, where, 'spread', squares, dims, (v, m) => `(${v} - ${m}) * (${v} - ${m})`);
  const walks = [flat(x), perRow(mean, dims), perRow(spread, dims)];
  if (gamma !== undefined) walks.push(perColumn(gamma, dims));
  if (beta !== undefined) walks.push(perColumn(beta, dims));
  const value = (...[v, m, s, first, second]: string[]): string => {
    const scaled = weighted(`(${v} - ${m}) * ${scaleOf(s as string, width, attributes)}`, gamma && first);
    return beta === undefined ? scaled : `${scaled} + ${gamma === undefined ? first : second}`;
  };
  const key = `layer norm|${keyOf(inputs, attributes)}|${beta !== undefined}`;
  const y = mapWalks(store, where, walks, value, { shape: x.shape, dtype: 'float32' }, key);
  const saved: Saved = { inputs, mean, spread, attributes };
  return { outputs: { y }, saved };
}

function inputGradient(store: Store, { inputs, mean, spread, attributes }: Saved, dy: GpuView): GpuView {
  const { x, gamma } = inputs;
  const dims = x.shape as Rows;
  const width = dims[1];
  const key = keyOf(inputs, attributes);
  const columns: RowInput[] = gamma === undefined ? [] : [{ view: gamma, per: 'column' }];
  const sum = (name: string, terms: readonly RowInput[], term: (...values: string[]) => string): GpuView =>
    rowSum(store, where, `${name}|${key}`, [...terms, ...columns], dims, term);
  const sums = sum('norm sums', [element(dy)], (g, f) => weighted(g as string, f));
  const products = sum('norm products', [element(dy), element(x), row(mean)], (g, v, m, f) =>
    weighted(`${g} * (${v} - ${m})`, f),
  );
  const perRows = [mean, spread, sums, products].map((view) => perRow(view, dims));
  const walks = [flat(dy), flat(x), ...perRows, ...(gamma === undefined ? [] : [perColumn(gamma, dims)])];
  const value = (...[g, v, m, s, total, product, f]: string[]): string => {
    const inverse = scaleOf(s as string, width, attributes);
    return `${inverse} * (${weighted(g as string, f)} - ${total} / ${width} - (${v} - ${m}) * ${inverse} * ${inverse} * ${product} / ${width})`;
  };
  const dx = mapWalks(store, where, walks, value, { shape: x.shape, dtype: 'float32' }, `norm gradient|${key}`);
  for (const { handle } of [sums, products]) store.free(handle);
  return dx;
}

function gammaGradient(
  store: Store,
  { inputs, mean, spread, attributes }: Saved,
  dy: GpuView,
  shape: readonly number[],
) {
  const { x } = inputs;
  const dims = x.shape as Rows;
  const walks = [flat(dy), flat(x), perRow(mean, dims), perRow(spread, dims)];
  const value = (...[g, v, m, s]: string[]): string =>
    `${g} * (${v} - ${m}) * ${scaleOf(s as string, dims[1], attributes)}`;
  const result = { shape: x.shape, dtype: 'float32' } as const;
  const terms = mapWalks(store, where, walks, value, result, `norm terms|${keyOf(inputs, attributes)}`);
  const sum = reshaped(reduceKernel(store, 'sum', terms, [0]), shape);
  store.free(terms.handle);
  return sum;
}

/** Layer normalization over the last axis. */
export function layerNormKernel(
  store: Store,
): FusedKernel<LayerNormInputs<GpuView>, LayerNormAttributes, SingleOutput<GpuView>, Saved> {
  return {
    supports: ({ x }) => !x.shape.includes(0),
    forward: (inputs, attributes) => forward(store, inputs, attributes),
    backward(saved, { y: dy }, needs) {
      if (dy === undefined) return {};
      const { gamma, beta } = saved.inputs;
      return {
        ...(needs.has('x') && { x: inputGradient(store, saved, dy) }),
        ...(gamma && needs.has('gamma') && { gamma: gammaGradient(store, saved, dy, gamma.shape) }),
        ...(beta && needs.has('beta') && { beta: reshaped(reduceKernel(store, 'sum', dy, [0]), beta.shape) }),
      };
    },
    release({ mean, spread }) {
      store.free(mean.handle);
      store.free(spread.handle);
    },
  };
}
