// Every ```ts fence of README.md, the guides and the doc comments is type-checked and run; what it prints must be what its comments
// `// => …` promise.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { documentedFiles, type Fence, fencesOf } from './fences.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const samples = join(repository, 'docs/.samples');
const compiler = createRequire(join(repository, 'package.json')).resolve('typescript/package.json');

const fences = documentedFiles(repository).flatMap((path) => fencesOf(repository, path));

rmSync(samples, { recursive: true, force: true });
mkdirSync(samples, { recursive: true });
for (const { fileName, code } of fences) writeFileSync(join(samples, fileName), `${code}\nexport {};\n`);

afterEach(() => {
  vi.restoreAllMocks();
});

// The examples train networks, on a slow machine and without the native backend for minutes.
const timeout = 600_000;

it('no fence of the site is wider than its column, 90 characters', () => {
  const wide = fences
    .filter(({ place }) => /^docs\/(learn|guides|examples)\//.test(place))
    .flatMap(({ place, code }) => {
      const [path, start] = place.split(':');
      return code.split('\n').flatMap((line, i) => (line.length > 90 ? [`${path}:${Number(start) + i}`] : []));
    });
  expect(wide).toEqual([]);
});

it('all fences type-check', { timeout }, () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(dirname(compiler), 'bin/tsc'), '-p', join(repository, 'docs/tsconfig.samples.json'), '--pretty', 'false'],
    { encoding: 'utf8' },
  );
  expect(withPlaces(stdout + stderr)).toBe('');
});

for (const fence of fences.filter(({ way }) => way === 'alone')) {
  it(`${fence.place} runs and prints what it promises`, { timeout }, async () => {
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(
        format(...values)
          .split('\n')
          .map((line) => line.trimEnd())
          .join('\n'),
      );
    });
    // Each fence gets its own instances of the packages, so none sees another's backend or memory.
    vi.resetModules();
    await import(pathToFileURL(join(samples, fence.fileName)).href);
    expect(printed).toEqual(fence.expected);
  });
}

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

for (const { place, fileName } of fences.filter(({ way }) => way === 'test')) {
  it(`${place} passes as a test file`, { timeout }, () => {
    // Without the variables by which a test runner's child takes itself for a part of it.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
    const config = join(repository, 'docs/test/vitest.config.ts');
    const run = spawnSync(process.execPath, [vitest, 'run', '--config', config, fileName], { encoding: 'utf8', env });
    expect(run.status, run.stdout + run.stderr).toBe(0);
  });
}

for (const { place, code, way } of fences) {
  if (typeof way === 'string') continue;
  it(`${place} is ${way.file}`, () => {
    expect(code).toBe(readFileSync(join(repository, way.file), 'utf8'));
  });
}

// Rewrites the compiler's `.samples/name.ts(3,1)` to the line of the documentation.
function withPlaces(messages: string): string {
  const byName = new Map<string, Fence>(fences.map((fence) => [fence.fileName, fence]));
  return messages.replace(/^.*?([\w-]+\.ts)\((\d+),(\d+)\)/gm, (all, name: string, line: string, column: string) => {
    const [path, start] = byName.get(name)?.place.split(':') ?? [];
    return path === undefined ? all : `${path}:${Number(start) + Number(line) - 1}:${column}`;
  });
}
