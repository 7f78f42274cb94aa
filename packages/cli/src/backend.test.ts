import { cpuInfo } from '@lstm/backend-cpu';
import { getBackend, OptionError } from '@lstm/core';
import { describe, expect, it, vi } from 'vitest';
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

  it('tells what is wrong with the settings of the native one', async ({ skip }) => {
    if (!cpuInfo().native) skip();
    vi.stubEnv('LSTM_NUM_THREADS', 'many');
    try {
      await expect(chooseBackend('auto')).rejects.toThrow('LSTM_NUM_THREADS is "many".');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('knows no other', async () => {
    await expect(chooseBackend('webgl' as BackendName)).rejects.toThrow(OptionError);
  });
});
