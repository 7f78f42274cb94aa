import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/build-native.mjs', import.meta.url));

it.each(['--help', '-h'])('lstm-build-native %s tells its usage and compiles nothing', (flag) => {
  const { stdout, status } = spawnSync(process.execPath, [script, flag], { encoding: 'utf8', timeout: 10_000 });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: lstm-build-native /);
  expect(stdout).not.toContain('addon built');
});
