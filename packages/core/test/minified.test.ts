import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import type * as errors from '../src/errors.ts';

it('errors keep their names where a minifier renames classes', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/errors.ts', import.meta.url))],
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const program = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`;
  const { LstmError: _, ...kinds } = (await import(/* @vite-ignore */ program)) as typeof errors;
  const names = Object.keys(kinds);
  expect(names.length).toBeGreaterThan(10);
  expect(Object.values(kinds).map((Kind) => new Kind('op', 'fact.').name)).toEqual(names);
});
