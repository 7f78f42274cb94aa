import { describeValue, FormatError, nearestName, OptionError } from '@lstm/core';
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
import { simpleRnn } from './simple-rnn.ts';
import { simpleRnnCell } from './simple-rnn-cell.ts';
import { type InputOptions, input, type SymbolicTensor } from './symbolic.ts';
import { timeDistributed } from './time-distributed.ts';

/** Makes a layer from its options. */
export type LayerFactory = (options: never) => Layer;

/** Factories of layers of your own by their type. */
export type CustomLayers = Readonly<Record<string, LayerFactory>>;

type Options = Readonly<Record<string, unknown>>;

/** What reads a config: the name for errors, and the layers that it knows. */
interface Reader {
  readonly where: string;
  readonly custom: CustomLayers;
}

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

type Nested = (options: Options, reader: Reader) => Layer;

const nested: Readonly<Record<string, Nested>> = {
  timeDistributed: ({ layer, ...options }, reader) =>
    timeDistributed(inner(reader, 'the layer in timeDistributed', layer), options),
  rnn: ({ cell, ...options }, reader) => rnn(inner(reader, 'the cell of rnn', cell) as Cell, options),
  bidirectional: ({ layer, backwardLayer, ...options }, reader) =>
    bidirectional(inner(reader, 'the layer in bidirectional', layer), {
      ...options,
      backwardLayer: inner(reader, 'the backwardLayer in bidirectional', backwardLayer),
    }),
  sequential: ({ layers, inputShape, ...options }, reader) => {
    const inside = listOf(reader, 'layers of sequential', layers).map((each, i) => {
      const config = checkedConfig(reader, `layer ${i} of sequential`, each);
      return layerOf(
        reader,
        i === 0 && inputShape ? { ...config, options: { ...config.options, inputShape } } : config,
      );
    });
    return sequential(inside, options);
  },
  model: ({ inputs, layers, nodes, outputs, ...options }, reader) => {
    const symbols = listOf(reader, 'inputs of a model', inputs).map((each) => input(each as InputOptions));
    const inside = listOf(reader, 'layers of a model', layers).map((each, i) =>
      inner(reader, `layer ${i} of a model`, each),
    );
    const results: (readonly SymbolicTensor[])[] = [];
    const at = (place: unknown): SymbolicTensor => {
      const [node, output] = Array.isArray(place) ? place : [];
      const found = (node === -1 ? symbols : results[node])?.[output];
      if (found !== undefined) return found;
      const rule = 'A place is [node, output] of a node before, or [-1, input].';
      throw refused(reader, `${describeValue(place)} is no place in a model.`, rule);
    };
    const places = (what: string, list: unknown): SymbolicTensor[] => listOf(reader, what, list).map(at);
    listOf(reader, 'nodes of a model', nodes).forEach((node, i) => {
      const { layer: place, inputs: from, initialState } = Object(node);
      const layer = inside[place];
      if (layer === undefined) {
        const fact = `the layer of node ${i} is ${describeValue(place)}.`;
        throw refused(reader, fact, `It is the index of one of ${inside.length} layers.`);
      }
      const states = places(`initial states of node ${i}`, initialState);
      results.push(layer.applyAll(places(`inputs of node ${i}`, from), { initialState: states }));
    });
    return model({ ...options, inputs: symbols, outputs: places('outputs of a model', outputs) });
  },
};

function refused({ where }: Reader, fact: string, rule: string): FormatError {
  return new FormatError(where, fact, rule, 'Pass what toConfig() of a layer gave, or what JSON.parse made of it.');
}

function listOf(reader: Reader, what: string, list: unknown): readonly unknown[] {
  if (Array.isArray(list)) return list;
  throw refused(reader, `the ${what} are ${describeValue(list)}.`, 'They are a list.');
}

/** Throws unless `config` has the parts of a config. */
function checkedConfig(reader: Reader, what: string, config: unknown): LayerConfig {
  const { type, options } = Object(config);
  const rule = 'A config is { type, options }.';
  if (typeof config !== 'object' || config === null || Array.isArray(config) || type === undefined) {
    throw refused(reader, `${what} is ${describeValue(config)}.`, rule);
  }
  if (typeof options === 'object' && options !== null) return config as LayerConfig;
  throw refused(reader, `options of ${what}, of type ${describeValue(type)}, are ${describeValue(options)}.`, rule);
}

/** Returns the layer of a config that errors call `what`. */
function inner(reader: Reader, what: string, config: unknown): Layer {
  return layerOf(reader, checkedConfig(reader, what, config));
}

function layerOf(reader: Reader, config: LayerConfig): Layer {
  const { path, frozen } = config;
  const layer = made(reader, config);
  if (typeof path === 'string') layer.keepPath(path);
  if (Array.isArray(frozen)) layer.keepFrozen(frozen);
  return layer;
}

function readerOf(where: string, custom: CustomLayers): Reader {
  if (typeof custom === 'object' && custom !== null) return { where, custom };
  throw new OptionError(
    where,
    `the layers of your own are ${describeValue(custom)}.`,
    'They are factories by the type of the layer.',
    'Write { myLayer: (options) => new MyLayer(options) }.',
  );
}

/**
 * Returns the layer that `config` describes, with parameters that are not drawn yet.
 *
 * @param custom - factories of your own layers by their type
 * @throws FormatError when it is no config or the type is not known, OptionError when its options are not valid
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
  return inner(readerOf('layerFromConfig', custom), 'the config', config);
}

/** Returns what a factory of the user's makes. */
function madeBy({ where }: Reader, factory: LayerFactory, { type, options }: LayerConfig): Layer {
  const refuse = (fact: string): never => {
    const rule = 'A factory takes the options of a layer and returns the layer.';
    throw new FormatError(where, fact, rule, `Write { ${type}: (options) => new YourLayer(options) }.`);
  };
  if (typeof factory !== 'function') return refuse(`what stands for ${type} is ${describeValue(factory)}.`);
  if (/^class\b/.test(String(factory))) return refuse(`what stands for ${type} is a class.`);
  const layer: unknown = factory(options as never);
  return layer instanceof Layer ? layer : refuse(`the factory of ${type} returned ${describeValue(layer)}.`);
}

function made(reader: Reader, config: LayerConfig): Layer {
  const { type, options } = config;
  const { where, custom } = reader;
  if (Object.hasOwn(custom, type)) return madeBy(reader, custom[type] as LayerFactory, config);
  const factory = Object.hasOwn(simple, type) ? simple[type] : undefined;
  if (factory !== undefined) return factory(options as never);
  const build = Object.hasOwn(nested, type) ? nested[type] : undefined;
  if (build !== undefined) {
    const { trainable, ...rest } = options;
    const layer = build(rest, reader);
    // Those inside say for themselves whether they are frozen.
    if (trainable === false) layer.freezeAlone();
    return layer;
  }
  const known = [...Object.keys(simple), ...Object.keys(nested), ...Object.keys(custom)];
  const nearest = nearestName(String(type), known);
  throw new FormatError(
    where,
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
  const network = inner(readerOf('networkFromConfig', custom), 'the config', config);
  if (network instanceof Network) return network;
  throw new FormatError(
    'networkFromConfig',
    `the config is of a ${config.type}.`,
    'A network is sequential or a model.',
    'Make a single layer with layerFromConfig(config).',
  );
}
