import { constants, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFileAtomic } from './write-file-atomic.ts';

/** Calls in their order, and the one that is to fail. */
const calls: string[] = [];
let failing: { readonly call: string; readonly code: string } | undefined;

function note(call: string): void {
  calls.push(call);
  if (failing?.call === call) throw Object.assign(new Error(`${failing.code}: ${call}`), { code: failing.code });
}

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const watched = (file: FileHandle, of: string): FileHandle =>
    new Proxy(file, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        return async (...values: unknown[]): Promise<unknown> => {
          if (property === 'close') await Reflect.apply(value, target, values);
          note(`${String(property)} ${of}`);
          return property === 'close' ? undefined : Reflect.apply(value, target, values);
        };
      },
    });
  return {
    ...real,
    open: async (path: string, flags: string): Promise<FileHandle> => {
      const of = flags === 'r' ? 'folder' : 'file';
      note(`open ${of}`);
      return watched(await real.open(path, flags), of);
    },
    rename: async (from: string, to: string): Promise<void> => {
      note('rename');
      await real.rename(from, to);
    },
  };
});

const { mkdtemp, mkdir, readFile, readdir, rm, stat, symlink, lstat, writeFile, chmod } =
  await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');

let folder: string;
let path: string;
const before = Uint8Array.of(1, 2, 3);
const after = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
const content = async (): Promise<Uint8Array> => new Uint8Array(await readFile(path));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lstm-io-'));
  path = join(folder, 'model.safetensors');
  calls.length = 0;
  failing = undefined;
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('writeFileAtomic', () => {
  it('makes a file and syncs it before it gets its name, and the folder after', async () => {
    await writeFileAtomic(path, after);
    expect(await content()).toEqual(after);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    expect(calls).toEqual([
      'open file',
      'writeFile file',
      'sync file',
      'close file',
      'rename',
      'open folder',
      'sync folder',
      'close folder',
    ]);
  });

  it('replaces a file and keeps its permissions', async () => {
    await writeFile(path, before);
    await chmod(path, constants.S_IRUSR | constants.S_IWUSR);
    const { ino, mode } = await stat(path);
    await writeFileAtomic(path, after);
    expect(await content()).toEqual(after);
    const now = await stat(path);
    expect(now.mode).toBe(mode);
    expect(now.ino).not.toBe(ino);
  });

  it('replaces what a symbolic link points to', async () => {
    await mkdir(join(folder, 'runs'));
    const target = join(folder, 'runs', 'first');
    await writeFile(target, before);
    await symlink(target, path);
    await writeFileAtomic(path, after);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(new Uint8Array(await readFile(target))).toEqual(after);
  });

  it.each(['open file', 'writeFile file', 'chmod file', 'sync file', 'close file', 'rename'])(
    'leaves the old file and nothing else when %s fails',
    async (call) => {
      await writeFile(path, before);
      failing = { call, code: 'ENOSPC' };
      await expect(writeFileAtomic(path, after)).rejects.toThrow(
        `[writeFileAtomic] ${path} cannot be written (ENOSPC). A file is written beside it`,
      );
      expect(await content()).toEqual(before);
      expect(await readdir(folder)).toEqual(['model.safetensors']);
    },
  );

  it('leaves no file when there was none', async () => {
    failing = { call: 'sync file', code: 'EIO' };
    await expect(writeFileAtomic(path, after)).rejects.toMatchObject({ code: 'data', cause: { code: 'EIO' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['open folder', 'sync folder'])('is done where %s is not supported', async (call) => {
    failing = { call, code: 'EPERM' };
    await writeFileAtomic(path, after);
    expect(await content()).toEqual(after);
  });

  it('says when the folder could not be synced', async () => {
    failing = { call: 'sync folder', code: 'EIO' };
    await expect(writeFileAtomic(path, after)).rejects.toMatchObject({ code: 'data' });
  });

  it('refuses what is no file', async () => {
    await mkdir(path);
    await expect(writeFileAtomic(path, after)).rejects.toMatchObject({ code: 'data', cause: { code: 'EISDIR' } });
    await expect(writeFileAtomic(join(folder, 'none', 'x'), after)).rejects.toMatchObject({
      cause: { code: 'ENOENT' },
    });
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    expect(await readdir(path)).toEqual([]);
    await expect(writeFileAtomic(path, 'text' as unknown as Uint8Array)).rejects.toMatchObject({ code: 'option' });
  });

  it('never shows a reader half a file', async () => {
    const versions = [1, 2].map((value) => new Uint8Array(300_000).fill(value));
    await writeFileAtomic(path, versions[0] as Uint8Array);
    let writing = true;
    const writer = (async (): Promise<void> => {
      for (let i = 0; i < 40; i++) await writeFileAtomic(path, versions[i % 2] as Uint8Array);
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      const found = await content();
      expect(found.length).toBe(300_000);
      expect(found.every((value) => value === found[0])).toBe(true);
      reads += 1;
    }
    await writer;
    expect(reads).toBeGreaterThan(0);
  });
});
