/** How likely characters are after those before them. */
export interface Ngram {
  /** Returns the probability of the token at a place, given the tokens before it. */
  probability(tokens: Int32Array, place: number): number;
}

/** What is known of a context: how much follows it, and how many different tokens follow once, twice, more often. */
interface Context {
  total: number;
  readonly different: [number, number, number];
}

/** The counts of one length. */
interface Level {
  /** By the number that a sequence of tokens makes. */
  readonly counts: ReadonlyMap<number, number>;
  readonly contexts: ReadonlyMap<number, Context>;
  /** What is taken from counts of one, two, more. */
  readonly discounts: readonly [number, number, number];
}

const classOf = (count: number): 0 | 1 | 2 => (count > 2 ? 2 : count === 2 ? 1 : 0);

/**
 * Discounts from how many sequences were counted once to four times (Chen & Goodman 1999, equation 26). Where a handful of characters
 * has too few rare ones for that, one discount for all.
 */
function discountsOf(counts: ReadonlyMap<number, number>): Level['discounts'] {
  const times = [0, 0, 0, 0, 0];
  for (const count of counts.values()) if (count < 5) times[count] = (times[count] ?? 0) + 1;
  const [, one = 0, two = 0, three = 0, four = 0] = times;
  const share = one / (one + 2 * two);
  const discounts = [
    1 - (2 * share * two) / one,
    2 - (3 * share * three) / two,
    3 - (4 * share * four) / three,
  ] as const;
  return discounts.every((discount, i) => discount > 0 && discount < i + 1) ? discounts : [0.5, 0.5, 0.5];
}

function levelOf(counts: ReadonlyMap<number, number>, base: number): Level {
  const contexts = new Map<number, Context>();
  for (const [sequence, count] of counts) {
    const key = Math.floor(sequence / base);
    const context = contexts.get(key) ?? { total: 0, different: [0, 0, 0] };
    context.total += count;
    context.different[classOf(count)] += 1;
    contexts.set(key, context);
  }
  return { counts, contexts, discounts: discountsOf(counts) };
}

/** The number that the tokens from one place up to another make. */
function numberOf(tokens: Int32Array, from: number, to: number, base: number): number {
  let number = 0;
  for (let place = from; place < to; place++) number = number * base + (tokens[place] as number);
  return number;
}

/**
 * Returns a model of sequences of `order` tokens with interpolated modified Kneser–Ney smoothing (Chen & Goodman 1999): a count gives
 * some of itself to sequences that were never seen, and a shorter context counts in how many ways it was continued to the left. Every
 * token of the vocabulary has a probability above 0.
 *
 * @param vocabulary - number of tokens; `vocabulary ** order` is a safe integer
 */
export function fitNgram(tokens: Int32Array, order: number, vocabulary: number): Ngram {
  const counts = new Map<number, number>();
  for (let end = order; end <= tokens.length; end++) {
    const sequence = numberOf(tokens, end - order, end, vocabulary);
    counts.set(sequence, (counts.get(sequence) ?? 0) + 1);
  }
  const levels = [levelOf(counts, vocabulary)];
  for (let length = order - 1; length > 0; length--) {
    const continued = new Map<number, number>();
    for (const sequence of (levels[0] as Level).counts.keys()) {
      const shorter = sequence % vocabulary ** length;
      continued.set(shorter, (continued.get(shorter) ?? 0) + 1);
    }
    levels.unshift(levelOf(continued, vocabulary));
  }
  return {
    probability(sequence, place) {
      let probability = 1 / vocabulary;
      for (const [before, { counts: known, contexts, discounts }] of levels.entries()) {
        if (before > place) break;
        const context = contexts.get(numberOf(sequence, place - before, place, vocabulary));
        if (context === undefined) break;
        const count = known.get(numberOf(sequence, place - before, place + 1, vocabulary)) ?? 0;
        const kept = count === 0 ? 0 : count - discounts[classOf(count)];
        const given = context.different.reduce((sum, different, i) => sum + different * (discounts[i] as number), 0);
        probability = (kept + given * probability) / context.total;
      }
      return probability;
    },
  };
}

/** Returns how many bits a model takes for a character of a text, on average. */
export function bitsPerCharacter(model: Ngram, tokens: Int32Array): number {
  let bits = 0;
  for (let place = 1; place < tokens.length; place++) bits -= Math.log2(model.probability(tokens, place));
  return bits / (tokens.length - 1);
}
