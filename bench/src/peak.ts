import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root: string = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'native', 'peak.cc');
const program = join(root, 'build', process.platform === 'win32' ? 'peak.exe' : 'peak');

/** The multiply-add loop, or why there is none. */
export interface Peak {
  /** Returns what it reaches now, in GFLOP/s; `undefined` without the program. */
  readonly measure: (threads: number) => number | undefined;
  readonly reason?: string;
}

/** Compiles the loop where that was not done. */
export function openPeak(): Peak {
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(join(root, 'build'), { recursive: true });
    const compiler = process.env['CXX'] ?? 'c++';
    const flags = ['-std=c++17', '-O3', '-pthread', '-Wno-psabi'];
    const { status, error, stderr } = spawnSync(compiler, [...flags, source, '-o', program], { encoding: 'utf8' });
    if (status !== 0) {
      const reason = `${compiler} failed: ${error?.message ?? stderr.split('\n')[0]}`;
      return { measure: () => undefined, reason };
    }
  }
  return {
    measure(threads) {
      const { status, stdout } = spawnSync(program, [String(threads)], { encoding: 'utf8' });
      return status === 0 ? Number(stdout) : undefined;
    },
  };
}
