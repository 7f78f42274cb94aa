import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { DataError, permutation } from '@lstm/core';

/** A text to learn. */
export interface Corpus {
  readonly name: string;
  /** What is learned from. */
  readonly train: string;
  /** What is only measured on: the last tenth, at most 120,000 characters. */
  readonly heldOut: string;
}

/** Declarations of the browser a second time, for workers. */
const copies = ['lib.webworker.d.ts', 'lib.webworker.iterable.d.ts', 'lib.webworker.asynciterable.d.ts'];

/** Where the declarations of JavaScript and the DOM are: `typescript` 7 brings them in a package for each platform. */
function declarationFolder(): string {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const { platform, arch } = process;
  const own = createRequire(typescript).resolve(`@typescript/typescript-${platform}-${arch}/package.json`);
  return join(dirname(own), 'lib');
}

/**
 * Resolves to the declarations that `typescript` brings, 3 million characters, without license headers and without copies. Their
 * order follows from a seed, so that what is held out is not one corner of the language.
 */
async function declarations(): Promise<string> {
  const folder = declarationFolder();
  const names = (await readdir(folder)).filter((name) => name.endsWith('.d.ts') && !copies.includes(name)).toSorted();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const blocks = files.flatMap((file) =>
    file
      .replaceAll('\r', '')
      .replace(/^\/\*!.*?\*\/\n/s, '')
      .replace(/^\/\/\/ <.*\n/gm, '')
      .trim()
      .split(/\n\n+(?=\S)/)
      .filter((block) => block !== ''),
  );
  const order = permutation(blocks.length, { seed: 0, name: 'declarations', step: 0 });
  return [...order].map((index) => `${blocks[index]}\n\n`).join('');
}

/**
 * Resolves to a text in two parts: a file, or without one the declarations of `typescript`.
 *
 * @throws DataError when the file cannot be read or is too short
 */
export async function readCorpus(path?: string): Promise<Corpus> {
  const name = path === undefined ? 'typescript' : basename(path).replace(/\.[^.]*$/, '');
  const text = path === undefined ? await declarations() : await textOf(path);
  if (text.length < 10_000) {
    const fact = `${name} has ${text.length} characters.`;
    throw new DataError('generate', fact, 'A model needs some text: at least 10,000.', 'Give a longer file.');
  }
  const cut = text.length - Math.min(Math.floor(text.length / 10), 120_000);
  return { name, train: text.slice(0, cut), heldOut: text.slice(cut) };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DataError('generate', `${path} cannot be read (${code}).`, 'It is a text.', 'Check the path.', { cause });
  }
}
