import { DataError } from '@lstm/core';
import { expectText } from './text.ts';

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An object of a JSON Lines text. */
export type JsonlRow = Readonly<Record<string, JsonValue>>;

const where = 'readJsonl';
const rule = 'Every line holds one JSON object.';

const kindOf = (value: JsonValue): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
};

/** Returns the row of a line, or undefined for a blank one. */
function rowOf(text: string, line: number): JsonlRow | undefined {
  // Trimming takes away a byte order mark too.
  const json = text.trim();
  if (json === '') return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(json) as JsonValue;
  } catch (cause) {
    const start = json.length > 40 ? `${json.slice(0, 40)} …` : `${json}.`;
    throw new DataError(where, `line ${line} is no JSON: ${start}`, rule, 'Correct the line.', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonlRow;
  throw new DataError(
    where,
    `line ${line} holds ${kindOf(value)}.`,
    rule,
    'Write for example {"text": "…", "label": 1}.',
  );
}

/**
 * Returns the objects of a JSON Lines text, one a line. A byte order mark is dropped, blank lines are passed over.
 *
 * @throws DataError that names the line which is no JSON object
 *
 * @example
 * ```ts
 * import { readJsonl } from '@lstm/data';
 *
 * const rows = readJsonl('{"text":"good","label":1}\n{"text":"bad","label":0}\n');
 * console.log(rows.map(({ text }) => text)); // => [ 'good', 'bad' ]
 * ```
 */
export function readJsonl(text: string): readonly JsonlRow[] {
  expectText('readJsonl', text);
  return text
    .split('\n')
    .map((each, i) => rowOf(each, i + 1))
    .filter((row) => row !== undefined);
}

/**
 * Gives the objects of a JSON Lines text that comes in pieces, each as soon as its line is complete; for files that do not fit in
 * memory. Pieces may end anywhere, such as those of `stream.pipeThrough(new TextDecoderStream())`.
 *
 * @throws DataError that names the line which is no JSON object
 *
 * @example
 * ```ts
 * import { jsonlRows } from '@lstm/data';
 *
 * for await (const row of jsonlRows(['{"id":1}\n{"i', 'd":2}'])) console.log(row);
 * // => { id: 1 }
 * // => { id: 2 }
 * ```
 */
export async function* jsonlRows(pieces: AsyncIterable<string> | Iterable<string>): AsyncGenerator<JsonlRow> {
  let rest = '';
  let line = 0;
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const complete of lines) {
      line += 1;
      const row = rowOf(complete, line);
      if (row) yield row;
    }
  }
  const last = rowOf(rest, line + 1);
  if (last) yield last;
}
