import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cpuInfo } from '../src/index.ts';

const program = fileURLToPath(new URL('./fuzz/main.mjs', import.meta.url));

it('answers or refuses 20,000 random calls from two threads, half of them wrong, and never crashes', () => {
  const { native, detail } = cpuInfo();
  expect(native, detail).toBe(true);
  // A process of its own: a crash would take the test runner with it.
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [program, '20000', '2', '7'], {
    encoding: 'utf8',
    env: { ...process.env, LSTM_CPU_BINARY: detail },
  });
  expect([signal, status, stderr]).toEqual([null, 0, '']);
  expect(stdout).toContain('20000 calls on 2 threads: no right call was refused, and no crash');
  const first = JSON.parse(stdout.split('\n')[0] ?? '') as Readonly<Record<string, number>>;
  const { right = 0, wrongAnswered = 0, wrongRefused = 0 } = first;
  expect(right + wrongAnswered + wrongRefused).toBe(10_000);
  expect(right).toBeGreaterThan(4000);
  expect(wrongRefused).toBeGreaterThan(3000);
});

it.each([
  [['many'], '[fuzz] calls is "many". It is an integer from 1 to 1000000000.'],
  [['0'], '[fuzz] calls is "0". It is an integer from 1 to 1000000000.'],
  [['1e3', '1000000'], '[fuzz] threads is "1000000". It is an integer from 1 to 64.'],
  [['1e3', '2', '-1'], '[fuzz] seed is "-1". It is an integer from 0 to 4294967295.'],
  [['1', '1', '1', '1'], '[fuzz] there are 4 arguments. They are [calls] [threads] [seed].'],
])('refuses the command line %j', (args, message) => {
  const env = { ...process.env, LSTM_CPU_BINARY: cpuInfo().detail };
  const { stderr, status } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env });
  expect([status, stderr]).toEqual([2, `${message} Write for example: node test/fuzz/main.mjs 100000 3 1\n`]);
});
