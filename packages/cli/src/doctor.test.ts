import { expect, it } from 'vitest';
import { doctor } from './doctor.ts';

it('shows Node, the platform and each backend with its speed or why it is missing', async () => {
  const lines = (await doctor({ probeMs: 50 })).split('\n');
  expect(lines[0]).toMatch(/^Node \d+\.\d+\.\d+ is supported$/);
  expect(lines.find((line) => line.startsWith('reference'))).toMatch(/\d steps\/s +ready/);
  expect(lines.find((line) => line.startsWith('cpu'))).toMatch(/ready: \w+, \d+ threads|not (available|installed)/);
});
