import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { gpu } from '../src/index.ts';

// An import map names gpu.js's browser build: the module has no exports, all it does is to set a global.
vi.mock('gpu.js/dist/gpu-browser.js', () => {
  runInThisContext(readFileSync(createRequire(import.meta.url).resolve('gpu.js/dist/gpu-browser.min.js'), 'utf8'));
  return { GPU: undefined, input: undefined, default: undefined };
});

it('takes gpu.js from its global without a bundler, and leaves no global behind', async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  const backends = await Promise.all([gpu({ mode: 'webasm' }), gpu({ mode: 'webasm' })]);
  backends.push(await gpu({ mode: 'webasm' }));
  expect(backends.map(({ name }) => name)).toEqual(['gpu-webasm', 'gpu-webasm', 'gpu-webasm']);
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
  for (const backend of backends) backend.dispose();
});
