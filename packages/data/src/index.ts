export { type Batch, type BatchData, type BatchDataset, type BatchOptions, batches } from './batches.ts';
export { type BucketOptions, bucketBatches, lengthBuckets, type PaddedBatch } from './bucket-batches.ts';
export { type CsvOptions, defaultMissing, readCsv } from './csv.ts';
export type { CsvAdvice, DecimalMark } from './csv-advice.ts';
export { type FillMethod, fillGaps } from './fill-gaps.ts';
export { type JsonlRow, type JsonValue, jsonlRows, readJsonl } from './jsonl.ts';
export { type PaddedSequences, type PadOptions, padSequences, type SequenceEnd } from './pad-sequences.ts';
export {
  type MinMaxOptions,
  minMaxScaler,
  type Scaler,
  type ScalerConfig,
  scalerFromConfig,
  standardScaler,
} from './scalers.ts';
export type { SequenceLike } from './sequence-list.ts';
export { createSequences, lastWindow, type SequenceOptions, type Sequences } from './sequences.ts';
export { splitSeries } from './split.ts';
export type { Gap, NumberColumn, Table, TableColumn, TextColumn } from './table.ts';
export {
  type CharacterTokenizerOptions,
  characterTokenizer,
  type Tokenizer,
  type TokenizerConfig,
  tokenizerFromConfig,
  type WordTokenizerOptions,
  wordTokenizer,
} from './tokenizer.ts';
export { type Transform, type TransformName, transformNames, transformOf } from './transforms.ts';
export { type WalkForwardOptions, type WalkForwardSplit, walkForwardSplits } from './walk-forward.ts';
export { type WindowBatchOptions, windowBatches } from './window-batches.ts';
export {
  fromReferences,
  type RelativeSequences,
  type RelativeTo,
  relativeToChoices,
  toReferences,
} from './window-scaling.ts';
export type { Punctuation } from './words.ts';
