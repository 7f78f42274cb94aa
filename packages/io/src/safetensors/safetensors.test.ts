import { readFileSync } from 'node:fs';
import { type HostArray, hostArray, LstmError } from '@lstm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../index.ts';

const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`vectors/${name}`, import.meta.url)));

/** A file of a header and data that may break the rules. */
function fileOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function withLength(length: bigint): Uint8Array {
  const bytes = fileOf('{}');
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

function messageOf(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof LstmError && error.code === 'format') {
      return error.message.replace('[decodeSafetensors] ', '').replace(/ Check that this is a whole .*$/, '');
    }
    throw error;
  }
  return 'was read';
}

const plain: Readonly<Record<string, HostArray>> = {
  tokens: hostArray(Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)),
  größe: hostArray([[Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]]),
  empty: hostArray(new Float32Array(), [0, 4]),
  'dense/kernel': hostArray(
    Float32Array.from({ length: 6 }, (_, i) => i / 7),
    [2, 3],
  ),
  'dense/bias': hostArray([-0]),
  '10': hostArray(2.5),
  'statistics/mean': hostArray(Float64Array.of(0.1, -1e300, 5e-324)),
};

describe('the format', () => {
  it('is written byte for byte as another program writes it', () => {
    const bytes = encodeSafetensors(plain, { note: 'a "quoted"\nline', epoch: '3' });
    expect(bytes).toEqual(golden('plain.safetensors'));
  });

  it('gives back what was written', () => {
    const { tensors, metadata } = decodeSafetensors(golden('plain.safetensors'));
    expect(new Set(Object.keys(tensors))).toEqual(new Set(Object.keys(plain)));
    for (const [name, expected] of Object.entries(plain)) expect(tensors[name]).toEqual(expected);
    expect({ ...metadata }).toEqual({ note: 'a "quoted"\nline', epoch: '3' });
  });

  it('is read as other programs write it, with half and long numbers', () => {
    const { tensors, metadata } = decodeSafetensors(golden('foreign.safetensors'));
    const special: Readonly<Record<string, number>> = {
      inf: Number.POSITIVE_INFINITY,
      '-inf': Number.NEGATIVE_INFINITY,
      nan: Number.NaN,
    };
    const expected = JSON.parse(new TextDecoder().decode(golden('foreign.json')), (_, value) =>
      typeof value === 'string' ? special[value] : value,
    ) as Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
    expect(Object.keys(tensors)).toEqual(['odd', 'half', 'brain', 'long', 'wide']);
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(tensors[name]?.shape).toEqual(shape);
      expect([...(tensors[name]?.data ?? [])]).toEqual(data);
    }
    expect(tensors.long?.data).toBeInstanceOf(Int32Array);
    expect(tensors.half?.data).toBeInstanceOf(Float32Array);
    expect(Object.keys(metadata)).toEqual([]);
  });

  it('is read from a view of a larger buffer, and the result is a copy', () => {
    const file = encodeSafetensors({ x: hostArray([1, 2]) });
    const room = new Uint8Array(file.length + 3);
    room.set(file, 3);
    const { tensors } = decodeSafetensors(room.subarray(3));
    room.fill(0);
    expect([...(tensors.x?.data ?? [])]).toEqual([1, 2]);
  });

  it('puts every tensor at a multiple of its element size', () => {
    const bytes = encodeSafetensors({ a: hostArray([1]), b: hostArray(Float64Array.of(2)) }, { k: 'x' });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)).trimEnd()).toBe(
      '{"__metadata__":{"k":"x"},"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}',
    );
  });

  it('can be empty', () => {
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
    expect(Object.keys(decodeSafetensors(encodeSafetensors({}, { a: 'b' })).metadata)).toEqual(['a']);
  });

  it('keeps names that mean something to JavaScript apart from the records', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', '\uFEFFbom', '\u0000', '💾'];
    const { tensors } = decodeSafetensors(encodeSafetensors(Object.fromEntries(names.map((n) => [n, hostArray(1)]))));
    expect(new Set(Object.keys(tensors))).toEqual(new Set(names));
    expect('valueOf' in tensors).toBe(false);
  });
});

describe('what cannot be written', () => {
  const message = (tensors: unknown, metadata: unknown = {}): (() => Uint8Array) => {
    return () => encodeSafetensors(tensors as Record<string, HostArray>, metadata as Record<string, string>);
  };

  it('is said', () => {
    expect(message(undefined as never)).toThrow('[encodeSafetensors] tensors is undefined.');
    expect(message({ __metadata__: hostArray(1) })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [encodeSafetensors] a tensor is named "__metadata__". A name is Unicode, and neither __metadata__, which the format keeps, nor __proto__. Rename it.]`,
    );
    expect(message(JSON.parse('{"__proto__": 1}'))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [encodeSafetensors] a tensor is named "__proto__". A name is Unicode, and neither __metadata__, which the format keeps, nor __proto__. Rename it.]`,
    );
    expect(message({ '\ud800': hostArray(1) })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [encodeSafetensors] a tensor is named "\\ud800". A name is Unicode, and neither __metadata__, which the format keeps, nor __proto__. Rename it.]`,
    );
    expect(message({ x: { data: new Uint8Array(1), shape: [1] } })).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [encodeSafetensors] "x" is no host array of float32, int32 or float64. Files are written from host data. Read a tensor first: { data: await x.data(), shape: x.shape }.]`,
    );
    expect(message({ x: { data: new Float32Array(3), shape: [2] } })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [encodeSafetensors] "x" is [2] with 3 values. A shape holds as many values as the data. Correct the shape.]`,
    );
    expect(message({ x: { data: new Float32Array(2), shape: [-1, -2] } })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [encodeSafetensors] "x" is [-1, -2] with 2 values. A shape holds as many values as the data. Correct the shape.]`,
    );
    expect(message({}, { epoch: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [encodeSafetensors] metadata "epoch" is a number. Metadata maps text to text. Write other values as JSON: JSON.stringify(value).]`,
    );
    expect(message({}, { note: '\udfff' })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [encodeSafetensors] metadata "note" is not Unicode. Metadata maps text to text. Write other values as JSON: JSON.stringify(value).]`,
    );
    expect(() => decodeSafetensors('x' as unknown as Uint8Array)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [decodeSafetensors] bytes is "x". A file is a Uint8Array. Read the file first: await readFile(path). For text: new TextEncoder().encode(text).]`,
    );
  });
});

describe('a malformed file', () => {
  const data = new Uint8Array(16);
  const entry = (offsets: string, shape = '[2]', dtype = 'F32'): string =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array()],
    ['a header length beyond the file', withLength(3n)],
    ['a header length beyond the limit', withLength(100_000_001n)],
    ['the largest header length', withLength(2n ** 64n - 1n)],
    ['a page that says 404', new TextEncoder().encode('<!doctype html><p>404 Not Found')],
    ['a header of no bytes', withLength(0n)],
    ['a list for a header', fileOf('[]')],
    ['an open object', fileOf('{')],
    ['an open text', fileOf('{"a')],
    ['an open text whose quote stands in the data', fileOf('{"a', Uint8Array.of(0x22, 0x3a))],
    ['an escape at the end', fileOf('{"a\\')],
    ['bytes behind the object', fileOf('{}x')],
    ['a comma too many', fileOf('{"__metadata__":{},}')],
    ['bytes that are not UTF-8', fileOf(Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a))],
    ['a bad escape', fileOf('{"\\x":1}')],
    ['half a surrogate pair', fileOf('{"\\ud800":1}')],
    ['a line break in a name', fileOf('{"a\nb":1}')],
    ['a control character', fileOf(Uint8Array.of(0x7b, 0x07))],
    ['the name __proto__', fileOf('{"__proto__":{}}')],
    ['the name __proto__ in escapes', fileOf('{"\\u005f_proto__":{}}')],
    ['the name __proto__ in metadata', fileOf('{"__metadata__":{"__proto__":"x"}}')],
    ['a name twice', fileOf(`{"a":${entry('[0,8]')},"a":${entry('[8,16]')}}`, data)],
    ['a name twice, once in escapes', fileOf(`{"a":${entry('[0,8]')},"\\u0061":${entry('[8,16]')}}`, data)],
    ['a field twice', fileOf('{"a":{"dtype":"F32","dtype":"F64"}}')],
    ['metadata twice', fileOf('{"__metadata__":{},"__metadata__":{}}')],
    ['metadata that is no object', fileOf('{"__metadata__":null}')],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}')],
    ['a tensor that is no object', fileOf('{"a":1}')],
    ['deep nesting', fileOf(`{"a":${'['.repeat(100_000)}`)],
    ['another dtype', fileOf(`{"a":${entry('[0,8]', '[2]', 'F8_E4M3')}}`, data)],
    ['a dtype of the prototype', fileOf(`{"a":${entry('[0,8]', '[2]', 'toString')}}`, data)],
    ['a dtype that is no text', fileOf('{"a":{"dtype":7}}')],
    ['no dtype', fileOf('{"a":{"shape":[],"data_offsets":[0,4]}}')],
    ['no shape', fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}')],
    ['no offsets', fileOf('{"a":{"dtype":"F32","shape":[]}}')],
    ['three offsets', fileOf(`{"a":${entry('[0,8,16]')}}`, data)],
    ['another field', fileOf('{"a":{"strides":[1]}}')],
    ['a negative length', fileOf(`{"a":${entry('[0,8]', '[-2]')}}`, data)],
    ['a broken length', fileOf(`{"a":${entry('[0,8]', '[2.0]')}}`, data)],
    ['a length that starts with 0', fileOf(`{"a":${entry('[0,8]', '[02]')}}`, data)],
    ['a length beyond 53 bits', fileOf(`{"a":${entry('[0,8]', '[9007199254740992]')}}`, data)],
    ['lengths whose product overflows', fileOf(`{"a":${entry('[0,0]', `[${'9007199254740991,'.repeat(30)}2]`)}}`)],
    ['a shape of other size', fileOf(`{"a":${entry('[0,8]', '[3]')}}`, data)],
    ['offsets the wrong way round', fileOf(`{"a":${entry('[8,0]')}}`, data)],
    ['a tensor that ends behind the file', fileOf(`{"a":${entry('[0,8]')}}`, data.subarray(0, 7))],
    ['a huge tensor', fileOf(`{"a":${entry('[0,4294967296000]', '[1073741824000]')}}`, data)],
    ['a gap before the first tensor', fileOf(`{"a":${entry('[8,16]')}}`, data)],
    ['a gap between tensors', fileOf(`{"a":${entry('[0,4]', '[1]')},"b":${entry('[8,16]')}}`, data)],
    ['tensors that overlap', fileOf(`{"a":${entry('[0,8]')},"b":${entry('[4,12]')}}`, data.subarray(4))],
    ['tensors in one place', fileOf(`{"a":${entry('[0,8]')},"b":${entry('[0,8]')}}`, data.subarray(8))],
    ['bytes behind the last tensor', fileOf(`{"a":${entry('[0,8]')}}`, data)],
    [
      'an I64 value beyond 32 bits',
      fileOf(`{"a":${entry('[0,16]', '[2]', 'I64')}}`, new Uint8Array(BigInt64Array.of(1n, -(2n ** 31n) - 1n).buffer)),
    ],
  ])('with %s', (_, bytes) => {
    expect(messageOf(bytes)).toMatchSnapshot();
  });

  it('accepts a shape with a length of 0 beside lengths that overflow', () => {
    const { tensors } = decodeSafetensors(fileOf(`{"a":${entry('[0,0]', `[${'9007199254740991,'.repeat(30)}0]`)}}`));
    expect(tensors.a?.data).toEqual(new Float32Array());
  });
});

describe('any bytes', () => {
  const valid = [golden('plain.safetensors'), golden('foreign.safetensors')];

  /** Reads `bytes`; whatever is read must be a file that can be written and read again. */
  function readOrRefuse(bytes: Uint8Array): void {
    const message = messageOf(bytes);
    if (message !== 'was read') {
      const position = Number(/^byte (\d+): /.exec(message)?.[1]);
      expect(position).toBeLessThanOrEqual(bytes.length);
      return;
    }
    const { tensors, metadata } = decodeSafetensors(bytes);
    const again = decodeSafetensors(encodeSafetensors(tensors, metadata));
    expect({ ...again.tensors }).toEqual({ ...tensors });
    expect({ ...again.metadata }).toEqual({ ...metadata });
    const held = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(held).toBeLessThanOrEqual(2 * bytes.length);
  }

  it('are read or refused with their place', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readOrRefuse), { seed: 1, numRuns: 500 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => readOrRefuse(fileOf(`{${text}`))),
      {
        seed: 2,
        numRuns: 500,
      },
    );
  });

  it('are read or refused where a valid file was changed, cut or repeated', () => {
    const change = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('set', 'flip', 'delete', 'insert', 'repeat', 'cut'),
      // Half of the bytes are those that a header is made of.
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...new TextEncoder().encode('{}[]",:\\0123456789 FI'))),
      length: fc.integer({ min: 1, max: 40 }),
    });
    const mutated = fc
      .tuple(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([file, changes, keepLength]) => {
        let bytes = [...file];
        for (const { at, kind, byte, length } of changes) {
          const i = at % Math.max(bytes.length, 1);
          if (kind === 'set') bytes[i] = byte;
          else if (kind === 'flip') bytes[i] = (bytes[i] ?? 0) ^ (1 << (byte % 8));
          else if (kind === 'delete') bytes.splice(i, length);
          else if (kind === 'insert') bytes.splice(i, 0, byte);
          else if (kind === 'repeat') bytes.splice(i, 0, ...bytes.slice(i, i + length));
          else bytes = bytes.slice(0, i);
        }
        const result = Uint8Array.from(bytes);
        // The header's length follows what was inserted, so that the change reaches the parser.
        const header = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
        const grown = header + BigInt(result.length - file.length);
        if (!keepLength && result.length >= 8 && grown >= 0n) new DataView(result.buffer).setBigUint64(0, grown, true);
        return result;
      });
    fc.assert(fc.property(mutated, readOrRefuse), { seed: 3, numRuns: 3000 });
  });

  it('survive a round trip as tensors', () => {
    const tensor = fc.oneof(
      fc.float32Array({ maxLength: 6 }),
      fc.float64Array({ maxLength: 6 }),
      fc.int32Array({ maxLength: 6 }),
    );
    const names = fc.string({ unit: 'binary' }).filter((name) => !['__proto__', '__metadata__'].includes(name));
    const texts = fc.dictionary(names, fc.string({ unit: 'binary' }), { noNullPrototype: true });
    const records = fc.dictionary(names, tensor, { noNullPrototype: true });
    fc.assert(
      fc.property(records, texts, (arrays, metadata) => {
        const tensors = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, hostArray(array)]));
        const read = decodeSafetensors(encodeSafetensors(tensors, metadata));
        expect({ ...read.tensors }).toEqual(tensors);
        expect({ ...read.metadata }).toEqual(metadata);
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});
