#!/usr/bin/env node
// Puts the addon into prebuilds/, from where it is packed:
//   make-prebuild.mjs                                       for this system, from what build-native.mjs made
//   make-prebuild.mjs --cross aarch64-linux-gnu- arm64      for Linux on another processor, with Debian's cross compiler
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, shadowBuild } from './lib/shadow-build.mjs';

const [option, prefix = '', processor = ''] = process.argv.slice(2);
if (option !== undefined && (option !== '--cross' || prefix === '' || processor === '')) {
  console.error('usage: make-prebuild.mjs [--cross PREFIX PROCESSOR]');
  process.exit(2);
}
const name = 'backend_cpu.node';

/** As src/load.ts names it. */
function platform() {
  if (process.platform !== 'linux') return `${process.platform}-${process.arch}`;
  const musl = process.report.getReport().header.glibcVersionRuntime === undefined;
  return `linux-${processor || process.arch}-${musl ? 'musl' : 'glibc'}`;
}

/** The folder of the compiled addon. */
function compiled() {
  if (option === undefined) return join(root, 'build', 'Release');
  const tools = { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar`, LINK: `${prefix}g++` };
  return shadowBuild(`cross-${processor}`, { args: [`--arch=${processor}`], environment: tools });
}

const from = join(compiled(), name);
if (!existsSync(from)) {
  console.error(`@lstm/backend-cpu: there is no ${relative(root, from)}: run build-native.mjs first`);
  process.exit(1);
}
const folder = join(root, 'prebuilds', platform());
mkdirSync(folder, { recursive: true });
const to = join(folder, name);
copyFileSync(from, to);
// Names of functions are for debuggers only. Windows keeps them in a file of their own.
if (process.platform !== 'win32') {
  const flags = process.platform === 'darwin' ? ['-x', '-S'] : ['--strip-all'];
  const { error, status } = spawnSync(`${prefix}strip`, [...flags, to], { stdio: 'inherit' });
  if (error ?? status !== 0) console.error(`@lstm/backend-cpu: ${prefix}strip failed: the binary keeps its symbols`);
}
console.log(`${relative(root, to)}: ${(statSync(to).size / 1024).toFixed(0)} KiB`);
