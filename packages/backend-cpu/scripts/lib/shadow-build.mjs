import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Compiles the addon in a folder of its own, next to and not over that of `build-native.mjs`; again only what has changed.
 * Returns the folder that holds `backend_cpu.node` and the object files.
 *
 * @param {string} name
 * @param {{ args?: readonly string[], environment?: NodeJS.ProcessEnv }} options
 */
export function shadowBuild(name, { args = [], environment = {} }) {
  const folder = join(root, 'node_modules/.cache/addon', name);
  mkdirSync(folder, { recursive: true });
  for (const part of ['addon', 'binding.gyp', 'kernels', 'runtime', '../node_modules', '../package.json']) {
    const link = join(folder, basename(part));
    if (!existsSync(link)) symlinkSync(join(root, 'native', part), link);
  }
  const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  // Headers that came with Node spare the download.
  const prefix = resolve(dirname(process.execPath), '..');
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  for (const step of ['configure', 'build']) {
    const { status } = spawnSync(
      process.execPath,
      [gyp, step, '--release', '--loglevel=error', ...(step === 'build' ? ['-j', 'max'] : []), ...headers, ...args],
      { cwd: folder, env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (status !== 0) throw new Error(`node-gyp ${step} ended with ${status}`);
  }
  return join(folder, 'build', 'Release');
}
