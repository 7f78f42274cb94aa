import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeModule } from './native.ts';

/** The addon, or why there is none. */
export type LoadResult =
  | { readonly native: NativeModule; readonly file: string }
  | { readonly native: undefined; readonly reason: string };

// src/ and dist/ both lie one level below the package's root.
const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** `glibc` or `musl` on Linux: a binary for one does not load in the other. */
function platformName(): string {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return base;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${base}-${header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`;
}

/** Why a build in this checkout was given up, as scripts/build-native.mjs left it. */
function buildNote(): string | undefined {
  const note = join(root, 'build', 'unavailable.txt');
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined;
}

function load(): LoadResult {
  if (process.env['LSTM_NO_NATIVE'] === '1') return { native: undefined, reason: 'LSTM_NO_NATIVE=1 switches it off' };
  const name = 'backend_cpu.node';
  const places = [join(root, 'build', 'Release', name), join(root, 'prebuilds', platformName(), name)];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) {
    return { native: undefined, reason: buildNote() ?? `there is no binary for ${platformName()}` };
  }
  try {
    const require = createRequire(import.meta.url);
    return { native: require(file) as NativeModule, file };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { native: undefined, reason: `${file} does not load: ${message}` };
  }
}

let loaded: LoadResult | undefined;

/** Loads the addon once: a build in this package first, then the binary packed for this platform. */
export function loadNative(): LoadResult {
  loaded ??= load();
  return loaded;
}
