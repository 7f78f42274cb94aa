// Writes packages/backend-cpu/.platform.json: what the native addon depends on besides its sources. turbo hashes it,
// so its cache never hands a Linux addon to a Mac, a glibc one to musl, or "no compiler" to a machine that now has one.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './workspace.mjs';

const file = join(repository, 'packages/backend-cpu/.platform.json');
const { platform, arch } = process;
const text = `${JSON.stringify({ platform, arch, libc: cLibrary(), compiler: compilerVersion() }, null, 2)}\n`;
if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);

function cLibrary() {
  if (platform !== 'linux') return '';
  const report = /** @type {any} */ (process.report.getReport());
  return report.header.glibcVersionRuntime ? 'glibc' : 'musl';
}

function compilerVersion() {
  const compiler = process.env.CXX ?? (platform === 'win32' ? 'cl' : 'c++');
  try {
    const output = execFileSync(compiler, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return output.split('\n')[0];
  } catch {
    return 'none';
  }
}
