import { DataError, describeValue } from '@lstm/core';

/**
 * Throws for what is no text.
 *
 * @throws DataError
 */
export function expectText(where: string, text: unknown): asserts text is string {
  if (typeof text === 'string') return;
  const isFile = typeof Object(text).text === 'function';
  const isBytes = ArrayBuffer.isView(text) || text instanceof ArrayBuffer;
  const fix = isFile
    ? `Read it: ${where}(await file.text()).`
    : isBytes
      ? `Decode it: ${where}(new TextDecoder().decode(bytes)).`
      : `Read the file: ${where}(await readFile(path, 'utf8')).`;
  throw new DataError(where, `the text is ${describeValue(text)}.`, 'It takes the text of a file.', fix);
}
