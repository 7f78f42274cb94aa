import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandNames } from './commands.ts';
import type { NativeModule } from './native.ts';

/** The addon, or why there is none and what to do about it. */
export type LoadResult =
  | {
      readonly native: NativeModule;
      readonly file: string;
      /** Where the file comes from. */
      readonly source: string;
      /** Binaries that come before it and do not load. */
      readonly skipped: readonly string[];
    }
  | { readonly native: undefined; readonly reason: string; readonly fix: string };

/** Where the files of the package lie. */
export interface PackageFiles {
  /** Why a build in this checkout was given up, as scripts/build-native.mjs left it. */
  readonly buildNote: string;
  readonly compiled: string;
  readonly packed: (platform: string) => string;
}

const compile = 'Install a C++17 compiler, make and Python 3, then run: npx lstm-build-native';
const bundled =
  'In a bundle mark @lstm/backend-cpu as external, or set LSTM_CPU_BINARY to the .node file of the package';
/** Of a file that is there: the `require` of a bundle knows its own modules only. */
const outOfReach = 'is out of reach of the bundle that this program is';
const require: NodeJS.Require = createRequire(import.meta.url);

// src/ and dist/ both lie one level below the package's root. Tools that collect the files of a program (Vercel, Nitro, Next.js with
// webpack) take along what these paths name, as long as they are spelled out.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ownFiles: PackageFiles = {
  buildNote: join(root, 'build', 'unavailable.txt'),
  compiled: join(root, 'build', 'Release', 'backend_cpu.node'),
  packed: (platform) => join(root, 'prebuilds', platform, 'backend_cpu.node'),
};

/** `glibc` or `musl` on Linux: a binary for one does not load in the other. */
export function platformName(): string {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return base;
  Object.assign(process.report, { excludeNetwork: true }); // no look-ups of names
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${base}-${header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`;
}

/** Whether a 64-bit ELF file is shorter than its header says. Linux ends a process that loads one. */
function isCutOff(file: string): boolean {
  const header = Buffer.alloc(64);
  const descriptor = openSync(file, 'r');
  try {
    const elf = readSync(descriptor, header) === 64 && header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2;
    // The table of sections comes last: where it starts, times how large an entry is and how many there are.
    const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
    return elf && fstatSync(descriptor).size < end;
  } finally {
    closeSync(descriptor);
  }
}

/** Loads a binary; returns the reason where that fails. */
function open(file: string): NativeModule | string {
  if (!existsSync(file)) return `${file} does not exist`;
  try {
    if (isCutOff(file)) return `${file} does not load: it is cut off`;
    const native = require(file) as Partial<NativeModule>;
    if (typeof native.Engine !== 'function') return `${file} is another addon`;
    const complete = commandNames.every((command) => native.commands?.includes(command));
    return complete ? (native as NativeModule) : `${file} is older than this package`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return `${file} ${outOfReach}`;
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return `${file} does not load: ${message}`;
  }
}

/** Finds the addon of a package. */
export function loadFrom(files: PackageFiles, environment: NodeJS.ProcessEnv): LoadResult {
  if (environment['LSTM_NO_NATIVE'] === '1') {
    return { native: undefined, reason: 'LSTM_NO_NATIVE=1 switches it off', fix: 'Unset LSTM_NO_NATIVE to use it' };
  }
  const named = environment['LSTM_CPU_BINARY'];
  if (named !== undefined && named !== '') {
    const native = open(named);
    if (typeof native !== 'string') return { native, file: named, source: 'LSTM_CPU_BINARY', skipped: [] };
    return {
      native: undefined,
      reason: `LSTM_CPU_BINARY: ${native}`,
      fix: 'Unset LSTM_CPU_BINARY, or name another file',
    };
  }
  const platform = platformName();
  // What was compiled here was compiled on purpose, and is as new as the sources.
  const places = [
    { file: files.compiled, source: 'compiled here' },
    { file: files.packed(platform), source: `packed for ${platform}` },
  ];
  const skipped: string[] = [];
  for (const { file, source } of places) {
    if (!existsSync(file)) continue;
    const native = open(file);
    if (typeof native !== 'string') return { native, file, source, skipped };
    skipped.push(native);
  }
  if (skipped.length > 0) {
    const fix = skipped.some((reason) => reason.endsWith(outOfReach))
      ? bundled
      : `Install the package again on this system. If that does not help, compile it here. ${compile}`;
    return { native: undefined, reason: skipped.join('; '), fix };
  }
  if (existsSync(files.buildNote)) {
    return { native: undefined, reason: readFileSync(files.buildNote, 'utf8').trim(), fix: compile };
  }
  const reason = `there is no binary for ${platform} in ${dirname(dirname(files.packed(platform)))}`;
  return { native: undefined, reason, fix: `${bundled}. ${compile}` };
}

let loaded: LoadResult | undefined;

/** Loads the addon once: the file that `LSTM_CPU_BINARY` names, else a build in this package, else the binary packed for this system. */
export function loadNative(): LoadResult {
  loaded ??= loadFrom(ownFiles, process.env);
  return loaded;
}
