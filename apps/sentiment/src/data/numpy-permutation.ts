/** Words of MT19937 (Matsumoto & Nishimura 1998, "Mersenne Twister"), seeded with one number. */
function* mersenneTwister(seed: number): Generator<number, never> {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    const last = state[i - 1]!;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  while (true) {
    for (let i = 0; i < 624; i++) {
      const pair = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
      state[i] = state[(i + 397) % 624]! ^ (pair >>> 1) ^ (pair & 1 ? 0x9908b0df : 0);
    }
    for (let word of state) {
      word ^= word >>> 11;
      word ^= (word << 7) & 0x9d2c5680;
      word ^= (word << 15) & 0xefc60000;
      yield (word ^ (word >>> 18)) >>> 0;
    }
  }
}

/**
 * Returns the numbers `0 … count − 1` as `numpy.random.RandomState(seed).permutation(count)` orders them: published splits of sets
 * without parts of their own are made by it.
 */
export function numpyPermutation(count: number, seed: number): Int32Array {
  const words = mersenneTwister(seed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j = i + 1;
    while (j > i) j = (words.next().value & mask) >>> 0;
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
