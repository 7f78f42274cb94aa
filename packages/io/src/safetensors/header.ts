import { type Shape, sizeOf } from '@lstm/core';
import { elementBytes, type FileDType, formatError, metadataName, prefixBytes, quoted } from './format.ts';
import { HeaderReader } from './header-reader.ts';

/** Where one tensor lies. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: Shape;
  /** Index of its first byte in the file. */
  readonly begin: number;
  /** Index behind its last byte in the file. */
  readonly end: number;
}

/** A checked header. */
export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The limit of the format's own library. */
const longestHeader = 100_000_000;

/** Returns the header of a file after checking that its entries cover the rest of the file exactly. */
export function readHeader(bytes: Uint8Array): Header {
  const end = headerEnd(bytes);
  const reader = new HeaderReader(bytes, prefixBytes, end);
  const entries: HeaderEntry[] = [];
  let metadata: Readonly<Record<string, string>> = Object.create(null);
  reader.object((name, position) => {
    if (name === metadataName) metadata = readMetadata(reader);
    else entries.push(readEntry(reader, name, position, end));
  });
  reader.finish();
  checkCover(entries, end, bytes.length);
  return { entries, metadata };
}

function headerEnd(bytes: Uint8Array): number {
  if (bytes.length < prefixBytes) {
    throw formatError(
      bytes.length,
      'the file ends',
      `It starts with ${prefixBytes} bytes that give the header's length.`,
    );
  }
  // Compared as a 64-bit number: nothing is read or allocated before the length is known to be true.
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) {
    const html = bytes[0] === 0x3c ? ' This looks like HTML: check the URL and response.ok.' : '';
    throw formatError(0, `the header is said to have ${length} bytes`, `A header has at most ${longestHeader}.${html}`);
  }
  const rest = bytes.length - prefixBytes;
  if (length > BigInt(rest)) {
    throw formatError(0, `the header is said to have ${length} bytes, and ${rest} follow`, 'It lies within the file.');
  }
  const end = prefixBytes + Number(length);
  if (end === prefixBytes || bytes[prefixBytes] !== 0x7b) {
    throw formatError(prefixBytes, 'the header does not start with {', 'A header is a JSON object.');
  }
  return end;
}

function readMetadata(reader: HeaderReader): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = Object.create(null);
  reader.object((key) => {
    metadata[key] = reader.text();
  });
  return metadata;
}

function readEntry(reader: HeaderReader, name: string, position: number, dataStart: number): HeaderEntry {
  let dtype: FileDType | undefined;
  let shape: Shape | undefined;
  let offsets: readonly number[] | undefined;
  reader.object((field, at) => {
    if (field === 'dtype') dtype = readDType(reader, name);
    else if (field === 'shape') shape = reader.counts();
    else if (field === 'data_offsets') offsets = reader.counts();
    else throw formatError(at, `tensor ${quoted(name)} has a field ${quoted(field)}`, rules.fields);
  });
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    throw formatError(position, `tensor ${quoted(name)} is not described in full`, rules.fields);
  }
  const [begin = 0, end = 0] = offsets;
  // Rounded beyond 2^53, where no file reaches; an axis of length 0 beside axes that overflow would give NaN.
  const wanted = shape.includes(0) ? 0 : sizeOf(shape) * elementBytes[dtype];
  if (end - begin !== wanted) {
    throw formatError(
      position,
      `tensor ${quoted(name)} has the bytes ${begin} to ${end} of the data`,
      `Its shape and dtype take ${wanted} bytes.`,
    );
  }
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

const rules = {
  fields: 'A description has the fields dtype, shape and data_offsets, which are two.',
  dtype: `Read are ${Object.keys(elementBytes).join(', ')}; others are converted before saving.`,
};

function readDType(reader: HeaderReader, tensor: string): FileDType {
  const { position } = reader;
  const dtype = reader.text();
  if (Object.hasOwn(elementBytes, dtype)) return dtype as FileDType;
  throw formatError(position, `tensor ${quoted(tensor)} has dtype ${quoted(dtype)}`, rules.dtype);
}

/** Throws unless the tensors lie one behind the other from `start` to the end of the file. */
function checkCover(entries: readonly HeaderEntry[], start: number, fileBytes: number): void {
  let covered = start;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const found = `tensor ${quoted(name)} starts here, the one before ends at byte ${covered}`;
      throw formatError(begin, found, 'Tensors neither overlap nor leave gaps.');
    }
    if (end > fileBytes) {
      throw formatError(fileBytes, `the file ends before tensor ${quoted(name)} does`, `That ends at byte ${end}.`);
    }
    covered = end;
  }
  if (covered !== fileBytes) {
    throw formatError(covered, `${fileBytes - covered} bytes belong to no tensor`, 'The last tensor ends the file.');
  }
}
