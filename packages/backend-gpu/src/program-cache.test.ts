import { expect, it } from 'vitest';
import { ProgramCache } from './program-cache.ts';

it('keeps the programs used last and destroys the one used longest ago', () => {
  const log: string[] = [];
  const cache = new ProgramCache<{ destroy(): void }>(2);
  const use = (key: string): void => {
    cache.get(key, () => {
      log.push(`make ${key}`);
      return { destroy: () => log.push(`destroy ${key}`) };
    });
  };
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) use(key);
  expect(log).toEqual(['make a', 'make b', 'make c', 'destroy b', 'make b', 'destroy c']);
  expect(cache.size).toBe(2);
  cache.dispose();
  expect(log.slice(-2)).toEqual(['destroy a', 'destroy b']);
  expect(cache.size).toBe(0);
});
