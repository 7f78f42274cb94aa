import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonlRow, jsonlRows, readJsonl } from './index.ts';

async function all(pieces: readonly string[]): Promise<JsonlRow[]> {
  const rows: JsonlRow[] = [];
  for await (const row of jsonlRows(pieces)) rows.push(row);
  return rows;
}

describe('readJsonl', () => {
  it('reads objects line by line: byte order mark, CRLF, blank lines, no end of the last line', () => {
    expect(readJsonl('\uFEFF{"a": [1, {"b": null}]}\r\n\r\n \n{"a": "x\\ny\u2028"}')).toEqual([
      { a: [1, { b: null }] },
      { a: 'x\ny\u2028' },
    ]);
    expect(readJsonl('')).toEqual([]);
  });

  it.each<[string, string]>([
    ['what is no JSON', '{"a":1}\n\n{"a":1,}\n'],
    ['a long line that is no JSON', `{"text": "${'word '.repeat(20)}`],
    ['two objects in a line', '{"a":1}{"a":2}'],
    ['a list', '{"a":1}\n[1]'],
    ['a number', '3'],
    ['null', 'null'],
  ])('refuses %s with its line', (_, text) => {
    expect(() => readJsonl(text)).toThrowErrorMatchingSnapshot();
  });
});

it('readJsonl says how to read files and bytes', () => {
  expect(() => readJsonl(new Blob(['{}']) as never)).toThrow('Read it: readJsonl(await file.text()).');
  expect(() => readJsonl(new Uint8Array(2) as never)).toThrow('Decode it: readJsonl(new TextDecoder().decode(bytes)).');
});

describe('jsonlRows', () => {
  it('gives the rows of a text however it is cut', async () => {
    const text = '\uFEFF{"id": 1, "text": "a\\nb"}\r\n\n{"id": 2, "text": "🙂\u2028é"}\n{"id": 3, "list": [{}, null]}';
    const rows = readJsonl(text);
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        expect(await all(ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end)))).toEqual(rows);
      }),
      { seed: 2 },
    );
  });

  it('gives a row before the next piece is asked for, and lets the source close', async () => {
    const seen: string[] = [];
    function* pieces(): Generator<string> {
      try {
        yield '{"a":1}\n{"a"';
        yield ':2}\n';
      } finally {
        seen.push('closed');
      }
    }
    for await (const { a } of jsonlRows(pieces())) {
      seen.push(`row ${String(a)}`);
      break;
    }
    expect(seen).toEqual(['row 1', 'closed']);
  });

  it('names the line', async () => {
    await expect(all(['{"a":1}\n', '{"a":\n'])).rejects.toThrow('[readJsonl] line 2 is no JSON: {"a":');
  });
});
