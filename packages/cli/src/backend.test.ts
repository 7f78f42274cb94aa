import { getBackend, OptionError } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { type BackendName, chooseBackend } from './index.ts';

describe('chooseBackend', () => {
  it.each<[BackendName, RegExp]>([
    ['reference', /^reference$/],
    ['gpu', /^gpu-webasm$/],
    ['auto', /^(cpu|reference)/],
  ])('makes %s the default', async (name, expected) => {
    const backend = await chooseBackend(name);
    expect(backend.name).toMatch(expected);
    expect(getBackend()).toBe(backend);
  });

  it('knows no other', async () => {
    await expect(chooseBackend('webgl' as BackendName)).rejects.toThrow(OptionError);
  });
});
