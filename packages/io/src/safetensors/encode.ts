import {
  DataError,
  type DType,
  DTypeError,
  describeValue,
  dtypeOf,
  formatShape,
  type HostArray,
  isHostArray,
  OptionError,
  ShapeError,
  sizeOf,
} from '@lstm/core';
import { type FileDType, hasLoneSurrogate, metadataName, prefixBytes, prototypeName, quoted } from './format.ts';

const where = 'encodeSafetensors';

const fileDTypes: Readonly<Record<DType, FileDType>> = { float64: 'F64', float32: 'F32', int32: 'I32' };

/** Wider elements first, so that every tensor is aligned. */
const layout: readonly DType[] = ['float64', 'float32', 'int32'];

/** JavaScript's own comparison of texts: the order of no language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function compareTensors([nameA, a]: [string, HostArray], [nameB, b]: [string, HostArray]): number {
  return layout.indexOf(dtypeOf(a.data)) - layout.indexOf(dtypeOf(b.data)) || compareText(nameA, nameB);
}

function checkName(kind: string, name: string): void {
  if (name !== metadataName && name !== prototypeName && !hasLoneSurrogate(name)) return;
  const rule = `A name is Unicode, and neither ${metadataName}, which the format keeps, nor ${prototypeName}.`;
  throw new OptionError(where, `a ${kind} is named ${quoted(name)}.`, rule, 'Rename it.');
}

function checkTensor(name: string, tensor: HostArray): void {
  checkName('tensor', name);
  if (!isHostArray(tensor)) {
    throw new DTypeError(
      where,
      `${quoted(name)} is no host array of float32, int32 or float64.`,
      'Files are written from host data.',
      'Read a tensor first: { data: await x.data(), shape: x.shape }.',
    );
  }
  const { shape, data } = tensor;
  if (!shape.every((length) => Number.isInteger(length) && length >= 0) || sizeOf(shape) !== data.length) {
    throw new ShapeError(
      where,
      `${quoted(name)} is ${formatShape(shape)} with ${data.length} values.`,
      'A shape holds as many values as the data.',
      'Correct the shape.',
    );
  }
}

function checkMetadata(key: string, text: unknown): void {
  checkName('metadata key', key);
  if (typeof text === 'string' && !hasLoneSurrogate(text)) return;
  throw new OptionError(
    where,
    `metadata ${quoted(key)} is ${typeof text === 'string' ? 'not Unicode' : `a ${typeof text}`}.`,
    'Metadata maps text to text.',
    'Write other values as JSON: JSON.stringify(value).',
  );
}

/** JSON in the given order: an object would put names that look like numbers first. */
function jsonObject(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

function headerOf(tensors: readonly [string, HostArray][], metadata: readonly [string, string][]): string {
  let end = 0;
  const entries = tensors.map(([name, { shape, data }]): [string, object] => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype: fileDTypes[dtypeOf(data)], shape, data_offsets: [begin, end] }];
  });
  const body = jsonObject(entries);
  if (metadata.length === 0) return body;
  return `{"${metadataName}":${jsonObject(metadata)}${entries.length === 0 ? '' : ','}${body.slice(1)}`;
}

/**
 * Returns the bytes of a safetensors file.
 *
 * The bytes depend on the content only, not on the order of the records: metadata by key, then float64 before float32 before int32
 * and by name within each, as the format's own library does, so that every tensor is aligned. Numbers are little-endian, as typed
 * arrays are wherever JavaScript runs today.
 *
 * @param tensors - by name; lengths may be 0, and `[]` is the shape of a single number
 * @param metadata - free text by key
 * @throws OptionError when a name is `__metadata__`, `__proto__` or not Unicode, or metadata is not text
 * @throws DTypeError when a tensor is not host data
 * @throws ShapeError when a shape does not fit its data
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { decodeSafetensors, encodeSafetensors } from '@lstm/io';
 *
 * const bytes = encodeSafetensors({ 'dense/kernel': hostArray([[1, 2], [3, 4]]) }, { epoch: '3' });
 * const { tensors, metadata } = decodeSafetensors(bytes);
 * console.log(tensors['dense/kernel']?.shape, metadata['epoch']); // => [ 2, 2 ] 3
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, HostArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  if (typeof tensors !== 'object' || tensors === null) {
    const fix = 'Write for example { weight: hostArray([1, 2]) }.';
    throw new DataError(where, `tensors is ${describeValue(tensors)}.`, 'They are host arrays by name.', fix);
  }
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(name, tensor);
  for (const [key, text] of Object.entries(metadata)) checkMetadata(key, text);
  const entries = Object.entries(tensors).sort(compareTensors);
  const texts = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  const header = new TextEncoder().encode(headerOf(entries, texts));
  const headerBytes = Math.ceil(header.length / 8) * 8;
  const dataBytes = entries.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const bytes = new Uint8Array(prefixBytes + headerBytes + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, prefixBytes, prefixBytes + headerBytes);
  bytes.set(header, prefixBytes);
  let position = prefixBytes + headerBytes;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}
