// Every function and class that a package exports shows in its doc comment how it is used; fences.test.ts runs what it shows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { documentedFiles } from './fences.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const sources = documentedFiles(repository).filter((path) => path.endsWith('.ts'));

/** Doc comments of what the sources of a package export, by name. */
function commentsOf(folder: string): Map<string, string> {
  const comments = new Map<string, string>();
  for (const path of sources.filter((each) => each.startsWith(`${folder}/src/`))) {
    const text = readFileSync(join(repository, path), 'utf8');
    const documented =
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:async |abstract )*(?:function\*?|class|const) (\w+)/g;
    for (const [, comment = '', name = ''] of text.matchAll(documented)) {
      // Kernels may have the names of ops.
      comments.set(name, `${comments.get(name) ?? ''}${comment}`);
    }
  }
  return comments;
}

const folders = [...new Set(sources.map((path) => path.split('/').slice(0, 2).join('/')))];

it.each(folders)('%s: every exported function and class has an example', async (folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, unknown>>;
  };
  const comments = commentsOf(folder);
  // What declares tests is shown in the README of its package, as a test file.
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json') && entry !== './vitest');
  for (const entry of entries) {
    const module = (await import(/* @vite-ignore */ `${name}${entry.slice(1)}`)) as Record<string, unknown>;
    const without = Object.entries(module).flatMap(([key, value]) => {
      // Errors are shown where they are thrown.
      if (typeof value !== 'function' || value.prototype instanceof Error) return [];
      return comments.get(key)?.includes('@example') ? [] : [key];
    });
    expect(without, `${name}${entry.slice(1)}`).toEqual([]);
  }
});
