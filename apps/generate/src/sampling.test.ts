import { describe, expect, it } from 'vitest';
import { createSampler, probabilitiesOf, type SamplingOptions } from './sampling.ts';

const logits = Float32Array.from([0.1, 0.2, 0.5, 0.15, 0.05], Math.log);

/** How often each character comes in 2,000 draws. */
function shares(options: SamplingOptions): number[] {
  const sampler = createSampler(options);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    const token = sampler(logits);
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / 2000);
}

const near = (expected: readonly number[]) =>
  expected.map((share) => (share === 0 ? 0 : (expect.closeTo(share, 1) as number)));

describe('a sampler', () => {
  it.each<[string, SamplingOptions, readonly number[]]>([
    ['as the network says', {}, [0.1, 0.2, 0.5, 0.15, 0.05]],
    ['top-k', { topK: 2 }, [0, 0.2 / 0.7, 0.5 / 0.7, 0, 0]],
    ['top-p takes one more than fits', { topP: 0.6 }, [0, 0.2 / 0.7, 0.5 / 0.7, 0, 0]],
    ['top-p counts within top-k', { topK: 2, topP: 0.7 }, [0, 0, 1, 0, 0]],
    ['temperature 0.5', { temperature: 0.5 }, [0.01, 0.04, 0.25, 0.0225, 0.0025].map((p) => p / 0.325)],
    ['temperature 0 takes the likeliest', { temperature: 0 }, [0, 0, 1, 0, 0]],
  ])('draws %s', (_, options, expected) => {
    expect(shares(options)).toEqual(near(expected));
  });

  it('follows its seed', () => {
    const draw = (seed: number) => {
      const sampler = createSampler({ seed });
      return Array.from({ length: 50 }, () => sampler(logits));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('never draws what is impossible, and bears large logits', () => {
    const sampler = createSampler();
    const possible = Float32Array.of(Number.NEGATIVE_INFINITY, 1000, Number.NEGATIVE_INFINITY);
    expect(Array.from({ length: 20 }, () => sampler(possible))).toEqual(Array(20).fill(1));
    expect([...probabilitiesOf([1000, 1000])]).toEqual([0.5, 0.5]);
  });

  it.each<SamplingOptions>([{ temperature: -1 }, { topK: 0 }, { topP: 0 }, { topP: 1.1 }, { top: 3 } as object])(
    'refuses %o',
    (options) => {
      expect(() => createSampler(options)).toThrow('[createSampler]');
    },
  );
});
