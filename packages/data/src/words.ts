/** What becomes of punctuation and symbols between words; a word itself may hold an apostrophe, a number a decimal mark. */
export type Punctuation = 'drop' | 'separate' | 'keep';

// Marks (accents, vowel signs) and the joiners of Persian and Indic scripts belong to the letters around them.
const word = String.raw`[\p{L}\p{N}_][\p{L}\p{M}\p{N}_\u200c\u200d]*`;
const words = String.raw`${word}(?:(?:['’]|(?<=\p{N})[.,](?=\p{N}))${word})*`;
// A flag is two letters or a picture with tags, a family several pictures joined by U+200D; skin tones and variations follow theirs.
const picture = String.raw`\p{Extended_Pictographic}[\p{Emoji_Modifier}\p{M}\u{e0020}-\u{e007f}]*`;
const emoji = String.raw`\p{Regional_Indicator}{2}|(?![\p{P}\p{Sm}©®™])${picture}(?:\u200d${picture})*`;

const patterns: Readonly<Record<Punctuation, RegExp>> = {
  drop: new RegExp(`${emoji}|${words}`, 'gu'),
  separate: new RegExp(String.raw`${emoji}|${words}|[^\s\p{C}\p{M}]\p{M}*`, 'gu'),
  keep: /\S+/gu,
};

/** Every way to treat punctuation. */
export const punctuationChoices: readonly Punctuation[] = ['drop', 'separate', 'keep'];

/**
 * Returns the words of a text: runs of letters, digits and `_` of any script, and emoji whole. With `separate` every other sign is a
 * word of its own, with `keep` words are what stands between spaces.
 */
export function wordsOf(text: string, punctuation: Punctuation): readonly string[] {
  return text.match(patterns[punctuation]) ?? [];
}
