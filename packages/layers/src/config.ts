import { describeValue, FormatError, nearestName } from '@lstm/core';
import { activation } from './activation.ts';
import { bidirectional } from './bidirectional.ts';
import type { Cell } from './cell.ts';
import { concatenate } from './concatenate.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { embedding } from './embedding.ts';
import { flatten } from './flatten.ts';
import { model } from './functional.ts';
import { gru } from './gru.ts';
import { gruCell } from './gru-cell.ts';
import { Layer, type LayerConfig } from './layer.ts';
import { layerNormalization } from './layer-normalization.ts';
import { lstm } from './lstm.ts';
import { lstmCell } from './lstm-cell.ts';
import { masking } from './masking.ts';
import { Network } from './network.ts';
import { repeatVector } from './repeat-vector.ts';
import { reshape } from './reshape-layer.ts';
import { rnn } from './rnn.ts';
import { sequential } from './sequential.ts';
import type { PartialShape } from './shape.ts';
import { simpleRnn } from './simple-rnn.ts';
import { simpleRnnCell } from './simple-rnn-cell.ts';
import { input, type SymbolicTensor } from './symbolic.ts';
import { timeDistributed } from './time-distributed.ts';

/** Makes a layer from its options. */
export type LayerFactory = (options: never) => Layer;

/** Factories of layers of your own by their type. */
export type CustomLayers = Readonly<Record<string, LayerFactory>>;

type Options = Readonly<Record<string, unknown>>;
type Place = readonly [number, number];

const simple: CustomLayers = {
  activation,
  concatenate,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  gruCell,
  layerNormalization,
  lstm,
  lstmCell,
  masking,
  repeatVector,
  reshape,
  simpleRnn,
  simpleRnnCell,
};

type Nested = (options: Options, custom: CustomLayers) => Layer;

const nested: Readonly<Record<string, Nested>> = {
  timeDistributed: ({ layer, ...options }, custom) => timeDistributed(inner(layer, custom), options),
  rnn: ({ cell, ...options }, custom) => rnn(inner(cell, custom) as Cell, options),
  bidirectional: ({ layer, backwardLayer, ...options }, custom) =>
    bidirectional(inner(layer, custom), { ...options, backwardLayer: inner(backwardLayer, custom) }),
  sequential: ({ layers, inputShape, ...options }, custom) => {
    const inside = (layers as readonly LayerConfig[]).map((each, i) =>
      layerFromConfig(i === 0 && inputShape ? { ...each, options: { ...each.options, inputShape } } : each, custom),
    );
    return sequential(inside, options);
  },
  model: ({ inputs, layers, nodes, outputs, ...options }, custom) => {
    const symbols = (inputs as readonly { shape: PartialShape; name?: string }[]).map((each) => input(each));
    const inside = (layers as readonly LayerConfig[]).map((each) => layerFromConfig(each, custom));
    const results: (readonly SymbolicTensor[])[] = [];
    const at = ([node, output]: Place): SymbolicTensor =>
      (node < 0 ? symbols[output] : results[node]?.[output]) as SymbolicTensor;
    for (const node of nodes as readonly { layer: number; inputs: Place[]; initialState: Place[] }[]) {
      const layer = inside[node.layer] as Layer;
      results.push(layer.applyAll(node.inputs.map(at), { initialState: node.initialState.map(at) }));
    }
    return model({ ...options, inputs: symbols, outputs: (outputs as readonly Place[]).map(at) });
  },
};

function inner(config: unknown, custom: CustomLayers): Layer {
  return layerFromConfig(config as LayerConfig, custom);
}

/**
 * Returns the layer that `config` describes, with parameters that are not drawn yet.
 *
 * @param custom - factories of your own layers by their type
 * @throws FormatError when the type is not known, OptionError when its options are not valid
 *
 * @example
 * ```ts
 * import { layerFromConfig } from '@lstm/layers';
 *
 * const config = { type: 'lstm', options: { units: 8, name: 'memory' } };
 * console.log(layerFromConfig(config).outputShapes([[null, 10, 1]])); // => [ [ null, 8 ] ]
 * ```
 */
export function layerFromConfig(config: LayerConfig, custom: CustomLayers = {}): Layer {
  const layer = made(config, custom);
  if (typeof config.path === 'string') layer.keepPath(config.path);
  if (Array.isArray(config.frozen)) layer.keepFrozen(config.frozen);
  return layer;
}

/** Returns what a factory of the user's makes. */
function madeBy(factory: LayerFactory, type: string, options: Options): Layer {
  const refuse = (fact: string): never => {
    const rule = 'A factory takes the options of a layer and returns the layer.';
    throw new FormatError('layerFromConfig', fact, rule, `Write { ${type}: (options) => new YourLayer(options) }.`);
  };
  if (typeof factory !== 'function') return refuse(`what stands for ${type} is ${describeValue(factory)}.`);
  if (/^class\b/.test(String(factory))) return refuse(`what stands for ${type} is a class.`);
  const layer: unknown = factory(options as never);
  return layer instanceof Layer ? layer : refuse(`the factory of ${type} returned ${describeValue(layer)}.`);
}

function made({ type, options }: LayerConfig, custom: CustomLayers): Layer {
  if (Object.hasOwn(custom, type)) return madeBy(custom[type] as LayerFactory, type, options);
  const factory = Object.hasOwn(simple, type) ? simple[type] : undefined;
  if (factory !== undefined) return factory(options as never);
  const build = Object.hasOwn(nested, type) ? nested[type] : undefined;
  if (build !== undefined) {
    const { trainable, ...rest } = options;
    const layer = build(rest, custom);
    // Those inside say for themselves whether they are frozen.
    if (trainable === false) layer.freezeAlone();
    return layer;
  }
  const known = [...Object.keys(simple), ...Object.keys(nested), ...Object.keys(custom)];
  const nearest = nearestName(String(type), known);
  throw new FormatError(
    'layerFromConfig',
    `layer type ${describeValue(type)} is not known.`,
    `Known are ${known.join(', ')}.`,
    `Pass a factory for it: { ${type}: (options) => … }${nearest === undefined ? '.' : `, or did you mean ${nearest}?`}`,
  );
}

/**
 * Returns the network that `config` describes, with parameters that are not drawn yet.
 *
 * @param custom - factories of your own layers by their type
 * @throws FormatError when it is no network or a type is not known
 *
 * @example
 * ```ts
 * import { dense, lstm, networkFromConfig, sequential } from '@lstm/layers';
 *
 * const network = sequential([lstm({ units: 8, inputShape: [10, 1] }), dense({ units: 1 })]);
 * const copy = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
 * console.log(copy.layers.map(({ name }) => name).join(' ')); // => lstm dense
 * ```
 */
export function networkFromConfig(config: LayerConfig, custom: CustomLayers = {}): Network {
  const network = layerFromConfig(config, custom);
  if (network instanceof Network) return network;
  throw new FormatError(
    'networkFromConfig',
    `the config is of a ${config.type}.`,
    'A network is sequential or a model.',
    'Make a single layer with layerFromConfig(config).',
  );
}
