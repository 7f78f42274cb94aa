// Bundles test-browser/squeezed-program.ts as a user's build would, squeezed by one of the usual minifiers or instrumented for
// coverage. Runs in Node, as a command of the browser tests.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { minifySync as minifyBySwc } from '@swc/wasm';
import { build, transform } from 'esbuild';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { minify as minifyByTerser } from 'terser';

const program = fileURLToPath(new URL('../test-browser/squeezed-program.ts', import.meta.url));

/** Counters in our own sources, as coverage puts them there. @type {import('esbuild').Plugin} */
const counters = {
  name: 'istanbul',
  setup(bundle) {
    bundle.onLoad({ filter: /packages\/(core|backend-gpu)\/.*\.ts$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'es2022' });
      // By default it finds the global object by eval.
      const options = { esModules: true, coverageGlobalScope: 'globalThis', coverageGlobalScopeFunc: false };
      return { contents: createInstrumenter(options).instrumentSync(code, path), loader: 'js' };
    });
  },
};

/**
 * @param {unknown} _ context of the command
 * @param {'esbuild' | 'terser' | 'swc' | 'istanbul'} tool
 * @returns {Promise<string>} a module
 */
export async function squeezedBundle(_, tool) {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@lstm/source'],
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
