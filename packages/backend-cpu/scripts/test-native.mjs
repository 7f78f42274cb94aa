#!/usr/bin/env node
// Builds and runs the C++ tests or the micro-benchmark without Node in between:
//   test-native.mjs [--sanitize] [--benchmark] [--cross PREFIX --run COMMAND] [arguments of the program]
// --sanitize: AddressSanitizer and UndefinedBehaviorSanitizer. --cross aarch64-linux-gnu- --run 'qemu-aarch64 -L /usr/aarch64-linux-gnu':
// another processor. --run 'qemu-x86_64 -cpu Haswell': an older one.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rest = process.argv.slice(2);
const flag = (name) => rest.includes(name) && Boolean(rest.splice(rest.indexOf(name), 1));
const option = (name) => (rest.includes(name) ? rest.splice(rest.indexOf(name), 2)[1] : undefined);
const sanitize = flag('--sanitize');
const benchmark = flag('--benchmark');
const cross = option('--cross') ?? '';
const runner = (option('--run') ?? '').split(' ').filter((word) => word !== '');

// native/binding.gyp is the one list of sources and flags.
const gyp = JSON.parse(readFileSync(join(root, 'native/binding.gyp'), 'utf8'));
const { kernel_cflags, kernel_sources, avx2_cflags, avx512_cflags } = gyp.variables;
const x64 = cross === '' ? process.arch === 'x64' : cross.startsWith('x86_64');
const sets = { baseline: [], ...(x64 && { avx2: avx2_cflags, avx512: avx512_cflags }) };
const runtime = gyp.targets[1].sources.filter((file) => file.startsWith('runtime/'));
const tests = benchmark
  ? ['benchmark']
  : ['main', 'math_test', 'matmul_test', 'pool_test', 'recurrent_test', 'rows_test', 'session_test'];

// Not in build/, which node-gyp empties.
const folder = join(root, 'node_modules/.cache/native', `${cross}${sanitize ? 'sanitize' : 'plain'}`);
mkdirSync(folder, { recursive: true });
const compiler = cross === '' ? (process.env.CXX ?? 'c++') : `${cross}g++`;
const sanitizers = sanitize
  ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g1', '-O1']
  : [];
const jobs = [];
const add = (source, name, flags) => {
  const object = join(folder, `${name}.o`);
  jobs.push({ object, args: [...flags, ...sanitizers, '-c', join(root, 'native', source), '-o', object] });
};
for (const [set, flags] of Object.entries(sets))
  for (const source of kernel_sources)
    add(source, `${set}-${source.replaceAll('/', '-')}`, [...kernel_cflags, ...flags, `-DKERNEL_NS=${set}`]);
const common = [
  '-std=c++17',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  '-pthread',
  ...(x64 ? ['-DLSTM_X64_KERNELS'] : []),
];
for (const source of [...runtime, ...tests.map((name) => `test/${name}.cc`)])
  add(source, source.replaceAll('/', '-'), common);

const run = promisify(execFile);
const queue = [...jobs];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let job = queue.pop(); job !== undefined; job = queue.pop()) {
      const { stderr } = await run(compiler, job.args);
      process.stderr.write(stderr);
    }
  }),
);
const program = join(folder, benchmark ? 'benchmark' : 'test');
await run(compiler, [...jobs.map((job) => job.object), ...sanitizers, '-pthread', '-o', program]);
const result = spawnSync(runner[0] ?? program, [...runner.slice(1), ...(runner.length > 0 ? [program] : []), ...rest], {
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
