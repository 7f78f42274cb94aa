export { decodeSafetensors } from './safetensors/decode.ts';
export { encodeSafetensors } from './safetensors/encode.ts';
export type { SafetensorsFile } from './safetensors/format.ts';
