import { FormatError, type HostArray } from '@lstm/core';

/** What a safetensors file holds. Both records are without a prototype, so that no name in a file can mean anything else. */
export interface SafetensorsFile {
  /** By name, in the order of the file's header. */
  readonly tensors: Readonly<Record<string, HostArray>>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Name of the header's entry for metadata; no tensor can have it. */
export const metadataName = '__metadata__';

/** Setting this name on an ordinary object changes the object's prototype: refused in both directions. */
export const prototypeName = '__proto__';

/** Length of the number that says how long the header is. */
export const prefixBytes = 8;

/** Bytes of one element, by the format's names of the dtypes that can be read. */
export const elementBytes = { F64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I64: 8 } as const;

/** A dtype that can be read, by the format's name. */
export type FileDType = keyof typeof elementBytes;

/** Returns the error that refuses a file for what stands at byte `position` of it. */
export function formatError(position: number, fact: string, rule: string, cause?: unknown): FormatError {
  return new FormatError(
    'decodeSafetensors',
    `byte ${position}: ${fact}.`,
    rule,
    'Check that this is a whole .safetensors file, or save it again.',
    { cause },
  );
}

/** Returns a name for messages: quoted, and cut where a hostile file has made it long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** Returns true when half of a surrogate pair stands alone in `text`, which UTF-8 cannot say. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
