// Makes bench/.venv with PyTorch in it, which `pnpm bench` then uses. Arguments go to pip: --index-url URL for a build without CUDA,
// torch==1.13.1 for another version.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.venv');
const windows = process.platform === 'win32';
const python = join(folder, windows ? 'Scripts/python.exe' : 'bin/python');

function run(/** @type {string} */ program, /** @type {string[]} */ args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(error?.message ?? `${program} ${args.join(' ')} ended with ${status}`);
  process.exit(1);
}

if (!existsSync(python)) run(windows ? 'python' : 'python3', ['-m', 'venv', folder]);
const given = process.argv.slice(2);
const named = given.some((word) => /^torch\b/.test(word));
run(python, ['-m', 'pip', 'install', ...(named ? [] : ['torch']), ...given]);
