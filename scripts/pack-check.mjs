// `pnpm pack:check`: what a user gets. Every public package is packed, checked as a tarball, installed by npm with
// install scripts off and no compiler into an empty folder outside the workspace, and used there from Node and from a bundle. In another
// folder apps/example-backend passes the conformance kit with nothing of ours but the tarballs of core and testing.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileTrace } from '@vercel/nft';
import { build } from 'esbuild';
import { run } from './lib/run.mjs';
import { Tally } from './lib/tally.mjs';
import { filesBelow, readJson, repository, workspacePackages } from './lib/workspace.mjs';
import { bundleSizeProblems } from './pack-check/bundle-sizes.mjs';
import { treeShakingProblems } from './pack-check/tree-shaking.mjs';

const binaries = join(repository, 'node_modules/.bin');
const work = mkdtempSync(join(tmpdir(), 'lstm-pack-check-'));
const consumer = join(work, 'consumer');
const tarballs = join(work, 'tarballs');
const tally = new Tally();
const backendCpu = join(repository, 'packages/backend-cpu');
const hasAddon = existsSync(join(backendCpu, 'build/Release/backend_cpu.node'));
const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
/** Where programs run as on a machine without a C++ compiler. */
const noCompiler = { CC: '/nowhere/cc', CXX: '/nowhere/c++' };
/** Options of the compiler for code outside the workspace. */
const strict = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--noEmit'];
/** Those of a page, which declares neither Node nor `Symbol.dispose`. */
const page = [...strict, '--lib', 'es2022,dom', '--types', ''];
/** Those of a program in Node. */
const types = [
  ...[...strict, '--lib', 'es2023,esnext.disposable'],
  ...['--typeRoots', join(repository, 'node_modules/@types'), '--types', 'node'],
];

const packages = workspacePackages()
  .filter(({ manifest }) => !manifest.private)
  .map(({ folder, manifest }) => ({ folder: join(repository, folder), name: manifest.name }));

try {
  await packAndInstall();
  for (const { name, folder } of packages) {
    tally.check(`${name}: the files of the tarball`, contentProblems(folder, join(consumer, 'node_modules', name)));
    const tarball = tarballOf(name);
    await checkProgram(`${name}: publint`, join(binaries, 'publint'), ['run', tarball, '--strict']);
    await checkProgram(`${name}: attw`, join(binaries, 'attw'), [tarball, '--profile', 'esm-only']);
  }
  await useInConsumer();
  await useNativeBackend();
  await useInExampleBackend();
} finally {
  rmSync(work, { recursive: true, force: true });
}
tally.finish();

async function packAndInstall() {
  mkdirSync(tarballs);
  mkdirSync(consumer);
  if (hasAddon) await run(process.execPath, [join(backendCpu, 'scripts/make-prebuild.mjs')]);
  const packed = await run('pnpm', ['-r', '--filter', './packages/*', 'pack', '--pack-destination', tarballs], {
    cwd: repository,
    quiet: true,
  });
  if (!packed.ok) throw new Error('pnpm pack failed');
  const dependencies = Object.fromEntries(packages.map(({ name }) => [name, `file:${tarballOf(name)}`]));
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  await checkProgram('npm install --ignore-scripts', 'npm', install);
}

/** Every entry loads and type-checks; the smoke test runs as it is and as a bundle without node_modules. */
async function useInConsumer() {
  const entries = packages.flatMap(({ name }) =>
    Object.keys(readJson(join(consumer, 'node_modules', name, 'package.json')).exports)
      .filter((entry) => !entry.endsWith('.json'))
      .map((entry) => name + entry.slice(1)),
  );
  const optional = ['@lstm/testing/vitest']; // loads vitest, an optional peer that is not installed here
  const loadable = entries.filter((entry) => !optional.includes(entry));
  writeFileSync(join(consumer, 'entries.mjs'), loadable.map((entry) => `await import('${entry}');\n`).join(''));
  await checkProgram('every entry loads in Node', process.execPath, ['entries.mjs']);

  writeFileSync(
    join(consumer, 'entries.ts'),
    loadable.map((entry, i) => `export * as entry${i} from '${entry}';\n`).join(''),
  );
  await checkProgram('the shipped types compile', join(binaries, 'tsc'), [...types, 'entries.ts']);
  writeFileSync(join(consumer, 'page.ts'), "export * from '@lstm/core';\nexport * from '@lstm/train';\n");
  await checkProgram('the shipped types compile for a page', join(binaries, 'tsc'), [...page, 'page.ts']);

  cpSync(new URL('pack-check/smoke.mjs', import.meta.url), join(consumer, 'smoke.mjs'));
  await checkProgram('smoke test in Node', process.execPath, ['smoke.mjs']);
  await checkProgram('smoke test from an esbuild bundle', process.execPath, [await pageOf('smoke.mjs')]);
  const native =
    "import { cpu } from '@lstm/backend-cpu';\nif (cpu().name !== 'reference') throw new Error(cpu().name);\n";
  writeFileSync(join(consumer, 'cpu.mjs'), native);
  await checkProgram('the native backend in a page', process.execPath, [await pageOf('cpu.mjs')]);
  const problems = await treeShakingProblems(consumer);
  tally.check('an unused layer, optimizer or backend adds 0 bytes to a bundle', problems);
  tally.check('bundles are as large as the guide says', await bundleSizeProblems(consumer));
}

/** Bundles a program as for a page; resolves to the file. */
async function pageOf(/** @type {string} */ entry) {
  const outfile = join(work, `page-${entry}`);
  await build({
    absWorkingDir: consumer,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    outfile,
  });
  return outfile;
}

/** The binary in the tarball is all that the native backend needs; without it the reference backend takes over. */
async function useNativeBackend() {
  const installed = join(consumer, 'node_modules/@lstm/backend-cpu');
  const { scripts = {} } = readJson(join(installed, 'package.json'));
  const hooks = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts);
  const problems = hooks.map((name) => `package.json has ${name}`);
  // Package managers compile, or warn that they do not, what has this file at its root.
  if (existsSync(join(installed, 'binding.gyp'))) problems.push('binding.gyp lies at the root');
  tally.check('the native backend runs no script at its installation', problems);
  cpSync(new URL('pack-check/native.mjs', import.meta.url), join(consumer, 'native.mjs'));
  if (hasAddon) {
    await checkProgram('the native backend without a compiler', process.execPath, ['native.mjs']);
    // Vercel, Nitro and Next.js with webpack copy to a server what this tracer finds.
    const { fileList } = await nodeFileTrace([join(consumer, 'native.mjs')], { base: consumer });
    const traced = [...fileList].some((file) => file.endsWith('.node'));
    tally.check('the binary is found by file tracing', traced ? [] : [`only ${[...fileList].join(', ')}`]);
  }
  rmSync(join(installed, 'prebuilds'), { recursive: true, force: true });
  await checkProgram('the native backend without its binary: a warning', process.execPath, ['native.mjs', 'gone']);
  const build = [join(installed, 'scripts/build-native.mjs')];
  const { ok, output } = await run(process.execPath, build, { quiet: true, env: { ...noCompiler, CI: '' } });
  const said = output.trim();
  const helps = ok && /there is no C\+\+ compiler|node-gyp was not found/.test(said) && said.split('\n').length === 1;
  tally.check('lstm-build-native without a compiler: one line', helps ? [] : [said]);
}

/** What a stranger who writes a backend does: the first step of the example's README, and a check of the types. */
async function useInExampleBackend() {
  const folder = join(work, 'example-backend');
  cpSync(join(repository, 'apps/example-backend'), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  for (const line of npmCommands(join(folder, 'README.md'))) {
    // The test runner is not what is tested: the workspace's own one does.
    const words = (line.match(/"[^"]+"|\S+/g) ?? []).slice(1).filter((word) => word !== 'vitest');
    const given = words.map((word) => (word.startsWith('@lstm/') ? tarballOf(word) : word));
    // On Windows a shell takes the quotes away.
    const args = given.map((word) => (process.platform === 'win32' ? word : word.replaceAll('"', '')));
    await checkProgram(
      `example backend: ${line}`,
      'npm',
      args[0] === 'install' ? [...args, ...install.slice(1)] : args,
      folder,
    );
  }
  symlinkSync(
    realpathSync(join(repository, 'node_modules/vitest')),
    join(folder, 'node_modules/vitest'),
    process.platform === 'win32' ? 'junction' : 'dir',
  );
  const sources = ['src/index.ts', 'test/conformance.test.ts'];
  const strictest = ['--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck'];
  const compile = [...types, ...strictest, '--allowImportingTsExtensions', ...sources];
  await checkProgram('example backend: types', join(binaries, 'tsc'), compile, folder);
  await checkProgram('example backend: conformance', join(binaries, 'vitest'), ['run', '--root', folder], folder);
}

/** The commands of a README's first shell fence that make the package ready. */
function npmCommands(/** @type {string} */ readme) {
  const [, fence = ''] = readFileSync(readme, 'utf8').match(/```sh\n(.*?)```/s) ?? [];
  const lines = fence.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('npm ') && line !== 'npm test');
}

/** The exports name files that are there, and the built files are those of today's sources. */
function contentProblems(/** @type {string} */ folder, /** @type {string} */ installed) {
  const { exports, bin = {}, ...manifest } = readJson(join(installed, 'package.json'));
  const targets = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  const missing = [...targets, ...Object.values(bin)].filter((target) => !existsSync(join(installed, target)));
  const sources = filesBelow(join(folder, 'src')).filter(
    (file) => file.endsWith('.ts') && !/\.(test|d)\.ts$/.test(file),
  );
  const expected = sources.flatMap((file) => ['.js', '.d.ts'].map((suffix) => file.replace(/\.ts$/, suffix)));
  const built = filesBelow(join(installed, 'dist')).filter((file) => /\.(js|d\.ts)$/.test(file));
  return [
    ...missing.map((target) => `package.json names ${target}, which is not in the tarball`),
    ...expected.filter((file) => !built.includes(file)).map((file) => `dist/${file} is missing: build again`),
    ...built
      .filter((file) => !expected.includes(file))
      .map((file) => `dist/${file} has no source: delete dist, build again`),
    ...(JSON.stringify({ exports, ...manifest }).match(/workspace:|@lstm\/source/g) ?? []).map(
      (text) => `package.json still says ${text}`,
    ),
    ...(existsSync(join(installed, 'LICENSE')) ? [] : ['LICENSE is missing']),
  ];
}

/**
 * @param {string} name
 * @param {string} program
 * @param {string[]} args
 * @param {string} [cwd]
 */
async function checkProgram(name, program, args, cwd = consumer) {
  const { ok, output } = await run(program, args, { cwd, quiet: true, env: noCompiler });
  tally.check(name, ok ? [] : [output.trim().split('\n').at(-1) ?? 'failed']);
}

function tarballOf(/** @type {string} */ name) {
  const prefix = `${name.slice(1).replace('/', '-')}-`;
  const file = readdirSync(tarballs).find((tarball) => new RegExp(`^${prefix}\\d`).test(tarball));
  if (!file) throw new Error(`pnpm packed no tarball of ${name}`);
  return join(tarballs, file);
}
