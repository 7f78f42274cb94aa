import { expect, it } from 'vitest';
import { argumentsOf } from './options.ts';

const parse = (...args: string[]) => argumentsOf(args, ['problem', 'time', 'layer', 'seeds', 'limit']);

it('tells a part of the table from the whole', () => {
  expect(parse().isPart).toBe(false);
  expect(parse('--seeds', '20').isPart).toBe(false);
  for (const args of [
    ['--layer', 'GRU'],
    ['--problem', 'adding'],
    ['--time', '9'],
    ['--seeds', '2'],
  ]) {
    expect(parse(...args).isPart).toBe(true);
  }
});

it.each([
  ['seeds', '0'],
  ['seeds', ''],
  ['time', '0'],
  ['limit', '1.5'],
])('refuses --%s "%s"', (option, text) => {
  expect(() => parse(`--${option}=${text}`)).toThrow(
    `[memory] --${option} is ${text}. It is a whole number of at least 1.`,
  );
});
