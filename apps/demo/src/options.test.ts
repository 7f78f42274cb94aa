import { expect, it, vi } from 'vitest';
import { flagsOf } from './options.ts';

it.each([
  [['--bogus'], "Unknown option '--bogus'"],
  [['--backend', 'xx'], '[lstm] backend is "xx".'],
])('%s is told in a line', async (args, line) => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await flagsOf(args)).toBeUndefined();
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(line));
  told.mockRestore();
  expect(await flagsOf(['--json', 'x', '--backend', 'reference'])).toEqual({ json: 'x' });
});
