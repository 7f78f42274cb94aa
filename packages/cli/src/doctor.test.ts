import { getBackend, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it } from 'vitest';
import { doctor } from './doctor.ts';

it('shows Node, the platform and each backend with its speed or why it is missing', async () => {
  const lines = (await doctor({ probeMs: 50, layer: 'gru', units: 8, batch: 2, time: 5, features: 3 })).split('\n');
  expect(lines[0]).toMatch(/^Node \d+\.\d+\.\d+ is supported$/);
  expect(lines.find((line) => line.startsWith('reference'))).toMatch(/^reference( +[\d.]+ ms){3} {2}ready/);
  expect(lines.find((line) => line.startsWith('gpu'))).toMatch(/^gpu( +–){3} {2}ready, as WebAssembly: slow/);
  const cpu = lines.findIndex((line) => line.startsWith('cpu'));
  expect(lines[cpu]).toMatch(/ready: \w+, \d+ threads$|not available: /);
  if (lines[cpu]?.includes('ready')) {
    expect(lines[cpu + 1]).toMatch(/^ +Binary: .*backend_cpu\.node, (compiled here|packed for .*|LSTM_CPU_BINARY)\.$/);
    expect(lines[cpu + 2]).toMatch(/^ +Instruction set: (\w+) of .*\1.*: the fastest one that this processor runs\.$/);
    expect(lines[cpu + 3]).toMatch(/^ +Threads: \d+: (the processors of this process|a quota|LSTM_NUM_THREADS)/);
  } else expect(lines[cpu + 1]).toMatch(/^ +To get it: /);
  expect(lines).toContain('Network: gru of 8 units and a dense layer; batch 2, time 5, features 3.');
  expect(lines.at(-1)).toMatch(/^(cpu|reference) trains this network [\d.]+ times as fast as (reference|cpu)\.$|^One /);
});

it('refuses a network that cannot be', async () => {
  await expect(doctor({ layer: 'ltsm' as 'lstm' })).rejects.toThrow("Did you mean 'lstm'?");
  await expect(doctor({ units: 0 })).rejects.toThrow('[doctor] units is 0.');
});

it('leaves the default backend as it was', async () => {
  const chosen = await useBackend(reference());
  await doctor({ probeMs: 30 });
  expect(getBackend()).toBe(chosen);
  expect(await tensor([1]).array()).toEqual([1]);
});
