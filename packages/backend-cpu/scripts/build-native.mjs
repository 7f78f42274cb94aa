#!/usr/bin/env node
// Compiles the addon with node-gyp: in a checkout, and in an installed package without a binary for its platform.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(`Usage: lstm-build-native [options of node-gyp rebuild, such as --verbose]

Compiles the native addon of @lstm/backend-cpu for this machine, where no packed binary fits; it takes minutes.
Needs node-gyp, a C++17 compiler, make and Python 3.`);
  process.exit();
}

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Not at the root: package managers offer to compile a package that has a binding.gyp there.
const native = join(root, 'native');
const build = join(root, 'build');
const note = join(build, 'unavailable.txt');

const tools =
  'a C++17 compiler, make and Python 3 (Debian: apt-get install g++ make python3; macOS: xcode-select --install; ' +
  'Windows: Visual Studio Build Tools with clang)';

/** Leaves the reason where the loader finds it. Under CI a missing addon is a failure, elsewhere the reference backend takes over. */
function giveUp(reason, install = tools) {
  mkdirSync(build, { recursive: true });
  writeFileSync(note, `${reason}\n`);
  console.error(
    `@lstm/backend-cpu: the native addon was not built: ${reason}. The reference backend takes over. ` +
      `To build it, install ${install}, then run this again.`,
  );
  process.exit(process.env.CI ? 1 : 0);
}

/** node-gyp of this checkout, of the package manager, or on the PATH. */
function findGyp() {
  try {
    return [process.execPath, require.resolve('node-gyp/bin/node-gyp.js')];
  } catch {}
  const bundled = process.env.npm_config_node_gyp;
  if (bundled && existsSync(bundled)) return [process.execPath, bundled];
  const found = spawnSync('node-gyp', ['--version'], { shell: process.platform === 'win32' });
  return found.error || found.status !== 0 ? undefined : ['node-gyp'];
}

const gyp = findGyp();
if (gyp === undefined)
  giveUp('node-gyp was not found', `node-gyp (npm install --global node-gyp) and, where they are missing, ${tools}`);
if (process.platform !== 'win32') {
  const compiler = (process.env.CXX ?? 'c++').split(' ')[0];
  if (spawnSync(compiler, ['--version']).error) giveUp(`there is no C++ compiler (${compiler})`);
}
// Headers that came with Node spare the download.
const prefix = resolve(dirname(process.execPath), '..');
const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
const started = Date.now();
const result = spawnSync(
  gyp[0],
  [...gyp.slice(1), 'rebuild', '--release', '--loglevel=error', '-j', 'max', ...headers, ...process.argv.slice(2)],
  { cwd: native, stdio: ['ignore', 'ignore', 'inherit'] },
);
rmSync(build, { recursive: true, force: true });
if (result.status !== 0) giveUp(`node-gyp ended with ${result.status ?? result.signal}`);
mkdirSync(join(build, 'Release'), { recursive: true });
copyFileSync(join(native, 'build/Release/backend_cpu.node'), join(build, 'Release/backend_cpu.node'));
rmSync(join(native, 'build'), { recursive: true });
console.log(`@lstm/backend-cpu: addon built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
