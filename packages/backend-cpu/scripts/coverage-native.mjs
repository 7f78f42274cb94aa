#!/usr/bin/env node
// Which lines of the native code the tests and the fuzz reach: coverage-native.mjs [calls of the fuzz]
// Builds the addon with gcov's counters, runs the package's tests and the fuzz on it, and fails below the goal.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { root, shadowBuild } from './lib/shadow-build.mjs';

const goal = 85;
const calls = process.argv[2] ?? '60000';

// The last of two options of a kind counts: kernels are not optimized here, so that lines stay lines.
const flags = '--coverage -fprofile-update=atomic -O1 -fno-inline';
const folder = shadowBuild('coverage', { environment: { CXXFLAGS: flags, LDFLAGS: '--coverage' } });
const objects = readdirSync(folder, { recursive: true, encoding: 'utf8' });
for (const file of objects) if (file.endsWith('.gcda')) rmSync(join(folder, file));

const environment = { ...process.env, LSTM_CPU_BINARY: join(folder, 'backend_cpu.node') };
const run = (/** @type {readonly string[]} */ args, cwd = root) => {
  const { status } = spawnSync(process.execPath, args, { cwd, env: environment, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
};
const repository = dirname(dirname(root));
// In threads, not in processes that are killed at the end: counts are written when a process exits.
const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
run(
  [vitest, 'run', '--project=packages/backend-cpu', '--pool=threads', '--reporter=dot', '--testTimeout=600000'],
  repository,
);
run(['test/fuzz/main.mjs', calls, '2']);

/** Lines of each source file: whether any object that it is compiled into has run them. @type {Map<string, Map<number, boolean>>} */
const sources = new Map();
for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.gcda')) continue;
  const gcov = spawnSync('gcov', ['--json-format', '--stdout', join(folder, file)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  for (const text of gcov.stdout.split('\n').filter((line) => line !== '')) {
    for (const { file: source, lines } of JSON.parse(text).files) {
      const name = /(?:^|\/)((?:addon|kernels|runtime)\/[^/]+)$/.exec(posix.normalize(source))?.[1];
      if (name === undefined || lines.length === 0) continue;
      const seen = sources.get(name) ?? new Map();
      sources.set(name, seen);
      for (const { line_number: line, count } of lines) seen.set(line, seen.get(line) === true || count > 0);
    }
  }
}

let [reached, all] = [0, 0];
for (const [name, lines] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const missed = [...lines].filter(([, run]) => !run).map(([line]) => line);
  reached += lines.size - missed.length;
  all += lines.size;
  const share = ((100 * (lines.size - missed.length)) / lines.size).toFixed(1);
  console.log(
    `${share.padStart(5)} % of ${String(lines.size).padStart(4)}  ${name}  ${missed.sort((a, b) => a - b).join(' ')}`,
  );
}
const share = (100 * reached) / all;
console.log(`${share.toFixed(1)} % of ${all} native lines (goal: ${goal} %)`);
process.exitCode = share >= goal ? 0 : 1;
