export { decodeSafetensors } from './safetensors/decode.ts';
export { encodeSafetensors } from './safetensors/encode.ts';
export type { SafetensorsFile, SafetensorsTensor } from './safetensors/format.ts';
