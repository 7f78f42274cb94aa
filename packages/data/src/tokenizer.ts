import {
  checkChoice,
  checkInteger,
  checkOptions,
  DataError,
  describeValue,
  FormatError,
  OptionError,
} from '@lstm/core';
import { type Punctuation, punctuationChoices, wordsOf } from './words.ts';

/** Options of {@link characterTokenizer}. */
export interface CharacterTokenizerOptions {
  /**
   * Most tokens, padding and the unknown token among them: the `inputDim` of an embedding. The most frequent ones are kept, of
   * equally frequent ones those that appear first. Default: all.
   */
  readonly maxTokens?: number;
  /** How often the texts must hold a word or character for it to be kept. Default 1. */
  readonly minCount?: number;
  /** How decoded texts show what is not in the vocabulary. Default `[UNK]` for words, `�` for characters. */
  readonly unknownToken?: string;
  /** Whether upper and lower case are the same. Default true for words, false for characters. */
  readonly lowercase?: boolean;
}

/** Options of {@link wordTokenizer}. */
export interface WordTokenizerOptions extends CharacterTokenizerOptions {
  /**
   * What becomes of punctuation and symbols: `drop` leaves them out, `separate` makes each a word, and with `keep` words are whatever
   * stands between spaces. Default `drop`.
   */
  readonly punctuation?: Punctuation;
}

/** A tokenizer as plain data. */
export interface TokenizerConfig {
  readonly type: 'word' | 'character';
  /** Tokens in order: padding (the empty text), the unknown token, then the rest by frequency. */
  readonly vocabulary: readonly string[];
  readonly lowercase: boolean;
  /** Of a word tokenizer. */
  readonly punctuation?: Punctuation;
}

/** Turns texts into numbers and back. Fit it on the training texts only. */
export interface Tokenizer {
  /** The text of each token: 0 is padding, 1 what is not in the vocabulary. */
  readonly vocabulary: readonly string[];
  /** Returns the tokens of each text, ready for {@link padSequences}. */
  encode(texts: readonly string[]): number[][];
  /**
   * Returns the text of each list of tokens, words separated by a space. Padding is left out.
   *
   * @throws DataError when a number is no token
   */
  decode(sequences: readonly ArrayLike<number>[]): string[];
  toConfig(): TokenizerConfig;
}

type Rules = Omit<TokenizerConfig, 'vocabulary'>;

/** Options of other libraries, and what does it here. */
const elsewhere = { numWords: 'Write maxTokens, which counts padding and the unknown token too.' };

const types: readonly TokenizerConfig['type'][] = ['word', 'character'];

/** Returns the words or characters of a text. One letter can be coded in several ways; NFC makes them one. */
function partsOf(text: string, { type, lowercase, punctuation = 'drop' }: Rules): readonly string[] {
  const composed = text.normalize('NFC');
  const cased = lowercase ? composed.toLowerCase().normalize('NFC') : composed;
  return type === 'word' ? wordsOf(cased, punctuation) : [...cased];
}

function checkTexts(where: string, texts: readonly string[]): void {
  const wrong = Array.isArray(texts) ? texts.findIndex((text) => typeof text !== 'string') : -1;
  if (Array.isArray(texts) && wrong < 0) return;
  const fact = Array.isArray(texts) ? `text ${wrong} is no string.` : `texts is a ${typeof texts}.`;
  throw new DataError(where, fact, 'Texts are a list of strings.', 'Write for example [text].');
}

/** Returns a sequence of tokens; `Array.from` would take a number for none. */
function listOf(sequence: ArrayLike<number>, i: number): ArrayLike<number> {
  if (Array.isArray(sequence) || ArrayBuffer.isView(sequence)) return sequence;
  const fact = `sequence ${i} is ${describeValue(sequence)}.`;
  throw new DataError(
    'decode',
    fact,
    'Sequences are a list of lists of tokens.',
    'Write for example decode([[2, 3]]).',
  );
}

function tokenizerOf(rules: Rules, vocabulary: readonly string[]): Tokenizer {
  const tokens = new Map(vocabulary.map((text, token) => [text, token]));
  const separator = rules.type === 'word' ? ' ' : '';
  return {
    vocabulary,
    encode(texts) {
      checkTexts('encode', texts);
      return texts.map((text) => partsOf(text, rules).map((part) => tokens.get(part) ?? 1));
    },
    decode: (sequences) =>
      sequences.map((sequence, i) =>
        Array.from(listOf(sequence, i), (token, place) => {
          const text = vocabulary[token];
          if (text !== undefined) return text;
          throw new DataError(
            'decode',
            `sequence ${i}, place ${place} holds ${token}.`,
            `Tokens are whole numbers from 0 to ${vocabulary.length - 1}.`,
            'Decode with the tokenizer that encoded.',
          );
        })
          .filter((text) => text !== '')
          .join(separator),
      ),
    toConfig: () => ({ ...rules, vocabulary }),
  };
}

function fitted(
  where: string,
  texts: readonly string[],
  rules: Rules,
  { unknownToken, maxTokens, minCount = 1 }: CharacterTokenizerOptions & { readonly unknownToken: string },
): Tokenizer {
  checkTexts(where, texts);
  checkInteger(where, 'minCount', minCount);
  if (maxTokens !== undefined) checkInteger(where, 'maxTokens', maxTokens, 3);
  if (unknownToken === '') {
    const rule = 'It shows where a text holds something unknown.';
    throw new OptionError(where, 'unknownToken is empty.', rule, "Write for example unknownToken: '?'.");
  }
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const part of partsOf(text, rules)) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  counts.delete(unknownToken);
  if (counts.size === 0) {
    throw new DataError(
      where,
      `${texts.length} texts hold no ${rules.type}.`,
      'The vocabulary is made of what the texts hold.',
      'Check what was read.',
    );
  }
  const kept = [...counts].filter(([, count]) => count >= minCount);
  if (kept.length === 0) {
    throw new DataError(
      where,
      `no ${rules.type} occurs ${minCount} times.`,
      'The vocabulary is made of what occurs at least minCount times.',
      'Lower minCount.',
    );
  }
  // Sorting is stable and a Map keeps the order of first appearance, which so decides between equal counts.
  const ranked = kept.sort(([, a], [, b]) => b - a).map(([text]) => text);
  return tokenizerOf(rules, ['', unknownToken, ...ranked.slice(0, maxTokens && maxTokens - 2)]);
}

/**
 * Returns a tokenizer of words, its vocabulary made from `texts`. A word is a run of letters, digits and `_` of any script, may hold
 * apostrophes (`don't`) and decimal marks (`1.5`), and an emoji is a word. Scripts without spaces between words are better served by
 * {@link characterTokenizer}.
 *
 * @param texts - the training texts
 * @throws DataError when the texts hold no word, OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { wordTokenizer } from '@lstm/data';
 *
 * const words = wordTokenizer(['The cat saw the dog.', 'The dog ran!'], { maxTokens: 5 });
 * console.log(words.vocabulary); // => [ '', '[UNK]', 'the', 'dog', 'cat' ]
 * console.log(words.encode(['the dog saw'])); // => [ [ 2, 3, 1 ] ]
 * console.log(words.decode([[2, 3, 1, 0, 0]])); // => [ 'the dog [UNK]' ]
 * ```
 */
export function wordTokenizer(texts: readonly string[], options: WordTokenizerOptions = {}): Tokenizer {
  const where = 'wordTokenizer';
  checkOptions(where, options, ['maxTokens', 'minCount', 'unknownToken', 'lowercase', 'punctuation'], elsewhere);
  const { unknownToken = '[UNK]', lowercase = true, punctuation = 'drop' } = options;
  checkChoice(where, 'punctuation', punctuation, punctuationChoices);
  return fitted(where, texts, { type: 'word', lowercase, punctuation }, { ...options, unknownToken });
}

/**
 * Returns a tokenizer of characters (Unicode code points after NFC), its vocabulary made from `texts`. Spaces, line ends and
 * punctuation are characters too, so decoding gives the text again.
 *
 * @param texts - the training texts
 * @throws DataError when the texts are empty, OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { characterTokenizer } from '@lstm/data';
 *
 * const characters = characterTokenizer(['to be 🙂']);
 * console.log(characters.encode(['bet 🙂'])); // => [ [ 5, 6, 3, 2, 7 ] ]
 * console.log(characters.decode([[5, 6, 3, 2, 7]])); // => [ 'bet 🙂' ]
 * ```
 */
export function characterTokenizer(texts: readonly string[], options: CharacterTokenizerOptions = {}): Tokenizer {
  const where = 'characterTokenizer';
  checkOptions(where, options, ['maxTokens', 'minCount', 'unknownToken', 'lowercase'], elsewhere);
  const { unknownToken = '\uFFFD', lowercase = false } = options;
  return fitted(where, texts, { type: 'character', lowercase }, { ...options, unknownToken });
}

/**
 * Returns the tokenizer of a saved config; it encodes and decodes as the one whose `toConfig` made it.
 *
 * @throws FormatError when the config is not one that `toConfig` makes
 *
 * @example
 * ```ts
 * import { tokenizerFromConfig, wordTokenizer } from '@lstm/data';
 *
 * const saved = JSON.stringify(wordTokenizer(['hello world']).toConfig());
 * console.log(tokenizerFromConfig(JSON.parse(saved)).encode(['World, hello'])); // => [ [ 3, 2 ] ]
 * ```
 */
export function tokenizerFromConfig(config: TokenizerConfig): Tokenizer {
  const where = 'tokenizerFromConfig';
  const { type, vocabulary, lowercase, punctuation } = Object(config) as TokenizerConfig;
  checkChoice(where, 'type', type, types);
  const rules: Rules =
    type === 'word' ? { type, lowercase, punctuation: punctuation as Punctuation } : { type, lowercase };
  checkOptions(where, config, [...Object.keys(rules), 'vocabulary']);
  if (type === 'word') checkChoice(where, 'punctuation', rules.punctuation as Punctuation, punctuationChoices);
  const fact = flawOf(config);
  if (fact === undefined) return tokenizerOf(rules, vocabulary);
  throw new FormatError(
    where,
    fact,
    'A config says lowercase: true or false; its vocabulary lists the empty text, the unknown token and words or characters, each once.',
    'Pass what toConfig returned.',
  );
}

/** Returns what is wrong with a config of a tokenizer. */
function flawOf({ vocabulary, lowercase }: TokenizerConfig): string | undefined {
  if (typeof lowercase !== 'boolean') return `lowercase is ${String(lowercase)}.`;
  if (!Array.isArray(vocabulary)) return `vocabulary is ${String(vocabulary)}.`;
  if (vocabulary.length < 3) return `the vocabulary has length ${vocabulary.length}.`;
  if (vocabulary[0] !== '') return `token 0 is ${JSON.stringify(vocabulary[0])}.`;
  const wrong = vocabulary.findIndex((text, i) => typeof text !== 'string' || (i > 0 && text === ''));
  if (wrong >= 0) return `token ${wrong} is ${JSON.stringify(vocabulary[wrong])}.`;
  const tokens = new Map(vocabulary.map((text, token) => [text, token]));
  const twice = vocabulary.findIndex((text, token) => tokens.get(text) !== token);
  return twice < 0
    ? undefined
    : `tokens ${twice} and ${tokens.get(vocabulary[twice]!)} are both ${JSON.stringify(vocabulary[twice])}.`;
}
