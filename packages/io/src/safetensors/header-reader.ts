import { formatError, hasLoneSurrogate, prototypeName, quoted } from './format.ts';

const backslash = 0x5c;
const quote = 0x22;

/**
 * Reads the few forms of JSON that a header is made of.
 *
 * `JSON.parse` would keep the last of several equal names without a word, so that two readers see two different files; it would
 * build whatever nesting the file asks for; and it does not say in bytes where it stopped.
 */
export class HeaderReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #position: number;

  /** Reads `bytes` from `start` to before `end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Where the next value starts. */
  get position(): number {
    this.#skipSpace();
    return this.#position;
  }

  /** Reads an object; `readField` reads the value of each name, which starts at byte `position`. */
  object(readField: (name: string, position: number) => void): void {
    const names = new Set<string>();
    this.#take('{');
    if (this.#takeIf('}')) return;
    do {
      const { position } = this;
      const name = this.text();
      if (name === prototypeName)
        throw formatError(position, `the name ${prototypeName} stands here`, 'No name is that.');
      if (names.has(name)) throw formatError(position, `${quoted(name)} stands a second time`, 'Names are unique.');
      names.add(name);
      this.#take(':');
      readField(name, position);
    } while (this.#takeIf(','));
    this.#take('}');
  }

  /** Reads a list of whole numbers of at least 0. */
  counts(): number[] {
    const counts: number[] = [];
    this.#take('[');
    if (this.#takeIf(']')) return counts;
    do counts.push(this.#count());
    while (this.#takeIf(','));
    this.#take(']');
    return counts;
  }

  /** Reads a string. */
  text(): string {
    this.#take('"');
    const start = this.#position;
    let escaped = false;
    while (this.#position < this.#end && this.#bytes[this.#position] !== quote) {
      const byte = this.#bytes[this.#position] ?? 0;
      if (byte < 0x20) throw formatError(this.#position, 'a control character stands in a text', 'Texts escape them.');
      escaped ||= byte === backslash;
      this.#position += byte === backslash ? 2 : 1;
    }
    if (this.#position >= this.#end) throw this.#unexpected('"');
    const text = this.#decode(start, this.#position, escaped);
    this.#position += 1;
    return text;
  }

  /** Throws unless nothing but space follows. */
  finish(): void {
    if (this.position < this.#end) throw this.#unexpected('space');
  }

  #decode(start: number, end: number, escaped: boolean): string {
    let text: string;
    try {
      text = this.#utf8.decode(this.#bytes.subarray(start, end));
      if (escaped) text = String(JSON.parse(`"${text}"`));
    } catch (cause) {
      throw formatError(start, 'a text is not valid', 'Texts are JSON in UTF-8.', cause);
    }
    if (hasLoneSurrogate(text)) throw formatError(start, 'half a surrogate pair stands alone', 'Texts are Unicode.');
    return text;
  }

  #count(): number {
    const start = this.position;
    let count = 0;
    for (let digit = this.#digit(); digit !== undefined; digit = this.#digit()) {
      count = count * 10 + digit;
      this.#position += 1;
      if (this.#bytes[start] === 0x30 && this.#position > start + 1) {
        throw formatError(start, 'a number starts with 0', 'JSON writes 7, not 07.');
      }
    }
    if (this.#position === start) throw this.#unexpected('a whole number');
    if (!Number.isSafeInteger(count)) {
      throw formatError(start, 'a number has more than 53 bits', 'Lengths and offsets lie below 2^53.');
    }
    return count;
  }

  #digit(): number | undefined {
    const byte = this.#position < this.#end ? this.#bytes[this.#position] : undefined;
    return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : undefined;
  }

  #take(character: string): void {
    if (!this.#takeIf(character)) throw this.#unexpected(character);
  }

  #takeIf(character: string): boolean {
    const found = this.position < this.#end && this.#bytes[this.#position] === character.charCodeAt(0);
    if (found) this.#position += 1;
    return found;
  }

  #skipSpace(): void {
    // Space, tab, line feed and carriage return are JSON's white space.
    while (this.#position < this.#end && [0x20, 0x09, 0x0a, 0x0d].includes(this.#bytes[this.#position] ?? 0)) {
      this.#position += 1;
    }
  }

  #unexpected(wanted: string): Error {
    const byte = this.#bytes[this.#position] ?? 0;
    const ended = this.#position >= this.#end;
    const found = byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `0x${byte.toString(16).padStart(2, '0')}`;
    return formatError(
      Math.min(this.#position, this.#end),
      ended ? `the header ends where ${wanted} should follow` : `${found} stands where ${wanted} should`,
      'A header is a JSON object of tensor descriptions.',
    );
  }
}
