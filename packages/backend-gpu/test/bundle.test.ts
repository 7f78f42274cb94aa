import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

it.each(['browser', 'node'] as const)('a bundle for %s asks for no native library', async (platform) => {
  const modules = new Set<string>();
  await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    conditions: ['@lstm/source'],
    logLevel: 'error',
    plugins: [
      {
        name: 'record',
        setup({ onResolve }) {
          onResolve({ filter: /^[^.]/ }, ({ path }) => {
            modules.add(path);
            return undefined;
          });
        },
      },
    ],
  });
  modules.delete(entry);
  expect([...modules].sort()).toEqual(['@lstm/core', '@lstm/core/reference', 'gpu.js/dist/gpu-browser.js']);
});
