import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  characterTokenizer,
  padSequences,
  type TokenizerConfig,
  tokenizerFromConfig,
  type WordTokenizerOptions,
  wordTokenizer,
} from './index.ts';

/** The words of a text, in order, as a tokenizer splits them. */
function split(text: string, options: WordTokenizerOptions = {}): string[] {
  const tokenizer = wordTokenizer([text], options);
  return tokenizer.encode([text]).flatMap((tokens) => tokens.map((token) => tokenizer.vocabulary[token] ?? ''));
}

const family = '👨‍👩‍👧';
const wave = '👋🏽';

describe('wordTokenizer', () => {
  it('ranks by count, then by first appearance', () => {
    const { vocabulary } = wordTokenizer(['d c b a', 'b a', 'a', 'c b']);
    expect(vocabulary).toEqual(['', '[UNK]', 'b', 'a', 'c', 'd']);
  });

  it('limits the vocabulary, padding and unknown among it', () => {
    const tokenizer = wordTokenizer(['a a a b b c'], { maxTokens: 4, unknownToken: '?' });
    expect(tokenizer.vocabulary).toEqual(['', '?', 'a', 'b']);
    expect(tokenizer.encode(['c b x a', ''])).toEqual([[1, 3, 1, 2], []]);
    expect(tokenizer.decode([[1, 3, 0, 2], []])).toEqual(['? b a', '']);
    expect(wordTokenizer(['a'], { maxTokens: 100 }).vocabulary).toHaveLength(3);
  });

  it('keeps what occurs often enough', () => {
    const texts = ['a a a b b c', 'c d'];
    expect(wordTokenizer(texts, { minCount: 2 }).vocabulary).toEqual(['', '[UNK]', 'a', 'b', 'c']);
    expect(wordTokenizer(texts, { minCount: 2, maxTokens: 3 }).vocabulary).toEqual(['', '[UNK]', 'a']);
    expect(characterTokenizer(['aab'], { minCount: 2 }).vocabulary).toEqual(['', '\uFFFD', 'a']);
  });

  it('takes words that are names of object properties', () => {
    expect(wordTokenizer(['constructor toString __proto__']).encode(['__proto__ constructor valueOf'])).toEqual([
      [4, 2, 1],
    ]);
  });

  it('reserves the unknown token where the texts hold it too', () => {
    const tokenizer = wordTokenizer(['a <unk> <unk>'], { unknownToken: '<unk>', punctuation: 'keep' });
    expect(tokenizer.vocabulary).toEqual(['', '<unk>', 'a']);
    expect(tokenizer.encode(['<unk> a'])).toEqual([[1, 2]]);
  });

  it.each<[string, string, WordTokenizerOptions, string[]]>([
    ['drops punctuation', 'Well, don’t “stop” (now)!', {}, ['well', 'don’t', 'stop', 'now']],
    ['keeps decimal marks of numbers', 'pay 1,250.75 now.', {}, ['pay', '1,250.75', 'now']],
    ['splits at hyphens, keeps underscores', 'state-of-the snake_case', {}, ['state', 'of', 'the', 'snake_case']],
    ['separates punctuation', 'Stop, now!?', { punctuation: 'separate' }, ['stop', ',', 'now', '!', '?']],
    ['splits at spaces only', '  ¿Qué?\n<br/> ', { punctuation: 'keep', lowercase: false }, ['¿Qué?', '<br/>']],
    ['keeps capitals when asked', 'The the', { lowercase: false }, ['The', 'the']],
    ['reads Cyrillic, Greek, Arabic', 'Привет, ΚΌΣΜΕ! مرحبا', {}, ['привет', 'κόσμε', 'مرحبا']],
    ['keeps vowel signs and joiners', 'हिन्दी क्‍ष می‌خواهم', {}, ['हिन्दी', 'क्‍ष', 'می‌خواهم']],
    ['reads letters beyond 16 bits', '𐐀𐐁 𠮷', {}, ['𐐨𐐩', '𠮷']],
    ['leaves emoji whole', `hi${family}${wave}👍❤️🇫🇷🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿1️⃣`, {}, ['hi', family, wave, '👍', '❤️', '🇫🇷', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣']],
    ['drops symbols that are no emoji', 'a © b ™ + ‼ → c', {}, ['a', 'b', 'c']],
  ])('%s', (_, text, options, expected) => {
    expect(split(text, options)).toEqual(expected);
  });

  it('takes composed and decomposed letters as one', () => {
    const tokenizer = wordTokenizer(['Caf\u00e9 cafe\u0301']);
    expect(tokenizer.vocabulary).toEqual(['', '[UNK]', 'caf\u00e9']);
    expect(wordTokenizer(['I\u0307']).encode(['\u0130'])).toEqual([[2]]);
  });

  it('gives what padSequences takes', () => {
    const tokenizer = wordTokenizer(['a b', 'c']);
    const { data, shape } = padSequences(tokenizer.encode(['a b', 'c', '']));
    expect([...data]).toEqual([2, 3, 0, 4, 0, 0]);
    expect(shape).toEqual([3, 2]);
    expect(tokenizer.decode([data.subarray(0, 2), data.subarray(2, 4)])).toEqual(['a b', 'c']);
  });
});

describe('characterTokenizer', () => {
  it('gives every text again that holds known characters', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (texts) => {
        fc.pre(texts.join('') !== '');
        const tokenizer = characterTokenizer(texts);
        expect(tokenizer.decode(tokenizer.encode(texts))).toEqual(texts.map((each) => each.normalize('NFC')));
      }),
      { seed: 6 },
    );
  });

  it('counts code points, not halves of them', () => {
    const tokenizer = characterTokenizer(['🙂🙃🙂']);
    expect(tokenizer.vocabulary).toEqual(['', '\uFFFD', '🙂', '🙃']);
    expect(tokenizer.encode(['🙃x'])).toEqual([[3, 1]]);
    expect(tokenizer.decode([[3, 1]])).toEqual(['🙃\uFFFD']);
  });

  it('folds case when asked', () => {
    expect(characterTokenizer(['aA'], { lowercase: true }).vocabulary).toEqual(['', '\uFFFD', 'a']);
  });
});

describe('tokenizerFromConfig', () => {
  it.each([
    wordTokenizer(['The quick, quick fox!'], { punctuation: 'separate', lowercase: false, maxTokens: 5 }),
    wordTokenizer(['The quick, quick fox!']),
    characterTokenizer(['The quick fox 🦊'], { lowercase: true, unknownToken: '?' }),
  ])('encodes and decodes as before', (tokenizer) => {
    const again = tokenizerFromConfig(JSON.parse(JSON.stringify(tokenizer.toConfig())) as TokenizerConfig);
    const texts = ['A quick, brown FOX 🦊!'];
    expect(again.encode(texts)).toEqual(tokenizer.encode(texts));
    expect(again.decode(again.encode(texts))).toEqual(tokenizer.decode(tokenizer.encode(texts)));
    expect(again.toConfig()).toEqual(tokenizer.toConfig());
  });
});

describe('errors', () => {
  const config: TokenizerConfig = { type: 'character', vocabulary: ['', '?', 'a'], lowercase: false };
  it.each<[string, () => unknown]>([
    ['no words', () => wordTokenizer(['!', ''])],
    ['no characters', () => characterTokenizer([])],
    ['a single text', () => wordTokenizer('a b' as never)],
    ['a text that is none', () => wordTokenizer(['a', undefined as never])],
    ['a single text to encode', () => characterTokenizer(['a']).encode('a' as never)],
    ['an unknown option', () => wordTokenizer(['a'], { lower: true } as object)],
    ['another library’s name of an option', () => wordTokenizer(['a'], { numWords: 3 } as object)],
    ['an option of words', () => characterTokenizer(['a'], { punctuation: 'drop' } as object)],
    ['words that are all too rare', () => wordTokenizer(['a b'], { minCount: 2 })],
    ['a minCount of 0', () => wordTokenizer(['a'], { minCount: 0 })],
    ['too few tokens', () => wordTokenizer(['a'], { maxTokens: 2 })],
    ['an empty unknown token', () => wordTokenizer(['a'], { unknownToken: '' })],
    ['unknown punctuation', () => wordTokenizer(['a'], { punctuation: 'strip' as 'drop' })],
    ['a number that is no token', () => wordTokenizer(['a']).decode([[2], [2, 3]])],
    ['a list of tokens for a list of lists', () => wordTokenizer(['a']).decode([2, 2] as never)],
    ['a fraction as token', () => wordTokenizer(['a']).decode([[0.5]])],
    ['no config', () => tokenizerFromConfig(undefined as never)],
    ['an unknown type', () => tokenizerFromConfig({ ...config, type: 'byte' as 'word' })],
    ['a config of words without punctuation', () => tokenizerFromConfig({ ...config, type: 'word' })],
    ['a vocabulary without padding', () => tokenizerFromConfig({ ...config, vocabulary: ['?', 'a', 'b'] })],
    ['a word twice', () => tokenizerFromConfig({ ...config, vocabulary: ['', '?', 'a', 'a'] })],
    ['a vocabulary of numbers', () => tokenizerFromConfig({ ...config, vocabulary: [0, 1, 2] as never })],
    ['an empty word', () => tokenizerFromConfig({ ...config, vocabulary: ['', '?', ''] })],
    ['a vocabulary of padding', () => tokenizerFromConfig({ ...config, vocabulary: [''] })],
    ['no vocabulary', () => tokenizerFromConfig({ type: 'character', lowercase: false } as never)],
    ['a word for lowercase', () => tokenizerFromConfig({ ...config, lowercase: 'yes' as never })],
    ['punctuation of characters', () => tokenizerFromConfig({ ...config, punctuation: 'drop' })],
    ['an unknown key of a config', () => tokenizerFromConfig({ ...config, kind: 'word' } as never)],
  ])('refuse %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});
