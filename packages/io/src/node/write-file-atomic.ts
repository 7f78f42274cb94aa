import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '@lstm/core';
import { checkBytes } from '../bytes.ts';

/** What systems answer that cannot sync a folder: Windows, some network file systems, and folders that may not be listed. */
const cannotSyncFolders = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'];

/** Returns the code of an error of Node's file system, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/**
 * Replaces the file at `path` by `bytes`, whole or not at all: a reader, a crash or a power cut meets the old file or the new one.
 *
 * The bytes are written to a new file in the same folder, synced to the disk and renamed; then the folder is synced where the
 * system can. A file that stood there keeps its permissions, and a symbolic link stays one: its target is replaced. When the
 * process is killed in between, a file `.lstm-….tmp` is left beside.
 *
 * @throws DataError when it cannot be written; the old file is then as it was, and nothing is left beside it. Only when the very last
 * step fails, the sync of the folder, the new file stands already
 * @throws OptionError when `bytes` is not a Uint8Array
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeFileAtomic } from '@lstm/io/node';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'lstm-'));
 * await writeFileAtomic(join(folder, 'three.bin'), Uint8Array.of(1, 2, 3));
 * console.log((await readFile(join(folder, 'three.bin'))).length); // => 3
 * await rm(folder, { recursive: true });
 * ```
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  checkBytes('writeFileAtomic', bytes);
  try {
    // Renaming onto a link would replace the link.
    const target = await unlessMissing(realpath(path), path);
    const mode = await unlessMissing(
      stat(target).then((found) => found.mode & 0o777),
      undefined,
    );
    const aside = join(dirname(target), `.lstm-${randomUUID()}.tmp`);
    const file = await open(aside, 'wx');
    try {
      await fill(file, bytes, mode);
      await rename(aside, target);
    } catch (error) {
      // What went wrong first is what the caller needs to know.
      await unlink(aside).catch(() => undefined);
      throw error;
    }
    await syncFolder(dirname(target));
  } catch (cause) {
    throw new DataError(
      'writeFileAtomic',
      `${path} cannot be written (${codeOf(cause)}).`,
      'A file is written beside it and takes its place once it is whole.',
      'Check that its folder exists, that this process may write there and that the disk has room.',
      { cause },
    );
  }
}

async function unlessMissing<T, U>(found: Promise<T>, missing: U): Promise<T | U> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return missing;
    throw error;
  }
}

async function fill(file: FileHandle, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  try {
    await file.writeFile(bytes);
    if (mode !== undefined) await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename last through a power cut. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!cannotSyncFolders.includes(codeOf(error))) throw error;
  }
}
