export type { OptimizerState } from './model/format.ts';
export { type LoadedModel, type LoadModelOptions, loadModel } from './model/load-model.ts';
export { loadWeights } from './model/load-weights.ts';
export type { SavedState } from './model/read-model.ts';
export { restoreModel } from './model/restore-model.ts';
export { type SaveModelOptions, saveModel } from './model/save-model.ts';
export { decodeSafetensors } from './safetensors/decode.ts';
export { encodeSafetensors } from './safetensors/encode.ts';
export type { SafetensorsFile } from './safetensors/format.ts';
