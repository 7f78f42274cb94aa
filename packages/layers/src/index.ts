export { type ActivationOptions, activation } from './activation.ts';
export type { Activation, ActivationName } from './activations.ts';
export { type BidirectionalOptions, bidirectional, type MergeMode } from './bidirectional.ts';
export { Cell } from './cell.ts';
export { concatenate } from './concatenate.ts';
export { type CustomLayers, type LayerFactory, layerFromConfig, networkFromConfig } from './config.ts';
export { type DenseOptions, dense } from './dense.ts';
export { type DropoutOptions, dropout } from './dropout.ts';
export { type EmbeddingOptions, embedding } from './embedding.ts';
export { flatten } from './flatten.ts';
export { type ModelOptions, model } from './functional.ts';
export { type GruOptions, gru } from './gru.ts';
export { gruCell } from './gru-cell.ts';
export type { InitializerName } from './initializers.ts';
export {
  type BuildContext,
  type CallContext,
  Layer,
  type LayerConfig,
  type LayerOptions,
  type LayerParameterOptions,
  type LayerResult,
} from './layer.ts';
export { type LayerNormalizationOptions, layerNormalization } from './layer-normalization.ts';
export type { LayerTraits } from './layer-traits.ts';
export { type LstmOptions, lstm } from './lstm.ts';
export { lstmCell } from './lstm-cell.ts';
export { type MaskingOptions, masking } from './masking.ts';
export { Network, type NetworkOptions, type NetworkResult } from './network.ts';
export type { RecurrentOptions } from './recurrent.ts';
export type { CellOptions } from './recurrent-cell.ts';
export { type RepeatVectorOptions, repeatVector } from './repeat-vector.ts';
export { type ReshapeOptions, reshape } from './reshape-layer.ts';
export { rnn } from './rnn.ts';
export type { SequenceLayerOptions } from './sequence-layer.ts';
export { Sequential, sequential } from './sequential.ts';
export type { PartialShape } from './shape.ts';
export { simpleRnn } from './simple-rnn.ts';
export { simpleRnnCell } from './simple-rnn-cell.ts';
export { type ApplyOptions, type GraphNode, type InputOptions, input, type SymbolicTensor } from './symbolic.ts';
export { timeDistributed } from './time-distributed.ts';
