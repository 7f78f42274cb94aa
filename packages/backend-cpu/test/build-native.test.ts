import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/build-native.mjs', import.meta.url));

it.each(['--help', '-h'])('lstm-build-native %s tells its usage and compiles nothing', (flag) => {
  const { stdout, status } = spawnSync(process.execPath, [script, flag], { encoding: 'utf8', timeout: 10_000 });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: lstm-build-native /);
  expect(stdout).not.toContain('addon built');
});

it('lstm-build-native says to install node-gyp where there is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lstm-build-'));
  try {
    // A copy elsewhere finds no node-gyp beside it.
    const copy = join(folder, 'scripts/build-native.mjs');
    mkdirSync(join(folder, 'scripts'));
    copyFileSync(script, copy);
    const { stderr, status } = spawnSync(process.execPath, [copy], { encoding: 'utf8', env: { PATH: folder } });
    expect(status).toBe(0);
    expect(stderr).toContain(': node-gyp was not found. ');
    expect(stderr).toContain('install node-gyp (npm install --global node-gyp) and, where they are missing, a C++17');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
