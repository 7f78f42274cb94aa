// Bundles test-browser/squeezed-program.ts with the built package, as a user's build would, squeezed by one of the usual
// minifiers or instrumented for coverage. Runs in Node, as a command of the browser tests.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minifySync as minifyBySwc } from '@swc/wasm';
import { build } from 'esbuild';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { minify as minifyByTerser } from 'terser';

const program = fileURLToPath(new URL('../test-browser/squeezed-program.ts', import.meta.url));

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Makes sure that what is built is what the sources say: as the script `build` of the packages does. */
function buildPackage() {
  const compiler = createRequire(join(repository, 'package.json')).resolve('typescript/package.json');
  const args = [join(dirname(compiler), 'bin', 'tsc'), '-b', 'packages/backend-gpu/tsconfig.build.json'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
  if (status !== 0) throw new Error(`@lstm/backend-gpu can't be built: ${stdout}`);
}

/** Counters in our own code, as coverage puts them there. @type {import('esbuild').Plugin} */
const counters = {
  name: 'istanbul',
  setup(bundle) {
    bundle.onLoad({ filter: /packages\/(core|backend-gpu)\/dist\/.*\.js$/ }, async ({ path }) => {
      // By default it finds the global object by eval.
      const options = { esModules: true, coverageGlobalScope: 'globalThis', coverageGlobalScopeFunc: false };
      return { contents: createInstrumenter(options).instrumentSync(await readFile(path, 'utf8'), path), loader: 'js' };
    });
  },
};

/**
 * @param {unknown} _ context of the command
 * @param {'esbuild' | 'terser' | 'swc' | 'istanbul'} tool
 * @returns {Promise<string>} a module
 */
export async function squeezedBundle(_, tool) {
  buildPackage();
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: tool === 'esbuild',
    plugins: tool === 'istanbul' ? [counters] : [],
    write: false,
    logLevel: 'error',
  });
  const code = outputFiles[0]?.text ?? '';
  if (tool === 'terser') return (await minifyByTerser(code, { module: true })).code ?? '';
  if (tool === 'swc') return minifyBySwc(code, { module: true, compress: true, mangle: true }).code;
  return code;
}
