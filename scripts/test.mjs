// `pnpm test`: every stage of the gate, in order; a failing stage does not hide the later ones.
// Ends with one line per thing that was not run (under CI=1 each is a failure) and the line `N passed, N failed`.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './lib/find-chromium.mjs';
import { run } from './lib/run.mjs';
import { repository, workspacePackages } from './lib/workspace.mjs';

/** @typedef {{ passed: number, failed: number, notRun?: string[] }} Result */

const reports = mkdtempSync(join(tmpdir(), 'lstm-test-'));
const chromium = findChromium();
/** Left by the native build when it had to give up, with the reason. */
const noAddon = join(repository, 'packages/backend-cpu/build/unavailable.txt');

/** Its tests run once: in the packaging stage, against the packed packages. */
const packagedBackend = 'apps/example-backend';

/** @type {[stage: string, steps: (() => Promise<Result> | Result)[]][]} */
const stages = [
  ['set-up', [() => turbo('build')]],
  [
    'lint and format',
    [
      () => command('biome', 'check', '--error-on-warnings'),
      () => command('knip', '--no-config-hints'),
      () => script('check-imports.mjs'),
      () => script('check-lockfile.mjs'),
    ],
  ],
  ['types', [() => turbo('typecheck'), () => command('tsc', '-p', 'tsconfig.json')]],
  ['unit', [() => vitest(...codeProjects(), '--exclude=**/conformance*.test.ts'), native]],
  ['conformance', [() => vitest(...codeProjects(), 'test/conformance')]],
  ['packaging', [() => script('pack-check.mjs')]],
  ['browser', [() => (chromium ? vitest('--project=browser') : notRun('browser (no chromium)'))]],
  [
    'docs',
    [
      () => script('turbo.mjs', 'run', 'docs:build', '--output-logs=errors-only'),
      () => script('../docs/scripts/check-links.mjs'),
      () => vitest('--project=docs'),
    ],
  ],
];

/** @type {Required<Result>} */
const total = { passed: 0, failed: 0, notRun: [] };
for (const [stage, steps] of stages) {
  console.log(`\n── ${stage} ${'─'.repeat(70 - stage.length)}`);
  for (const step of steps) {
    const { passed, failed, notRun = [] } = await step();
    total.passed += passed;
    total.failed += failed;
    total.notRun.push(...notRun);
  }
}
rmSync(reports, { recursive: true });

if (process.env.CI) total.failed += total.notRun.length;
console.log();
for (const what of total.notRun) console.log(`not run: ${what}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** One program is one check. @returns {Promise<Result>} */
async function command(/** @type {string} */ name, /** @type {string[]} */ ...args) {
  const { ok } = await run(name, args, { cwd: repository });
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** One of our scripts: one check, or as many as it says it made. */
async function script(/** @type {string} */ name, /** @type {string[]} */ ...args) {
  const { ok, output } = await run(process.execPath, [`scripts/${name}`, ...args], { cwd: repository });
  const said = output.match(/^checks: (?<passed>\d+) passed, (?<failed>\d+) failed$/m)?.groups;
  return counted(ok, said ?? { passed: ok ? 1 : 0 });
}

/** A turbo task in all packages; each package is one check. */
async function turbo(/** @type {string} */ task) {
  const args = ['scripts/turbo.mjs', 'run', task, '--continue', '--output-logs=errors-only'];
  const { ok, output } = await run(process.execPath, args, { cwd: repository });
  const { passed, all } = output.match(/Tasks:\s+(?<passed>\d+) successful, (?<all>\d+) total/)?.groups ?? {};
  return counted(ok, { passed, failed: Number(all) - Number(passed) });
}

/** The Vitest projects of all code that can run here. */
function codeProjects() {
  return workspacePackages()
    .filter(
      ({ folder }) =>
        folder !== 'docs' &&
        folder !== packagedBackend &&
        !(['packages/backend-cpu', 'bench'].includes(folder) && existsSync(noAddon)),
    )
    .map(({ folder }) => `--project=${folder}`);
}

/** The C++ tests of the native kernels. */
function native() {
  if (!existsSync(noAddon)) return turbo('test:native');
  return notRun(`native backend and bench (${readFileSync(noAddon, 'utf8').trim()})`);
}

/** Vitest with the projects and files given; each test is one check, and so is a file that cannot be loaded. */
async function vitest(/** @type {string[]} */ ...args) {
  const file = join(reports, `${readdirSync(reports).length}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { ok } = await run('vitest', ['run', ...reporters, ...args], { cwd: repository });
  const report = readReport(file);
  if (!report) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const skipped = report.numPendingTests + report.numTodoTests;
  return {
    ...counted(ok, { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length }),
    notRun: skipped > 0 ? [`${skipped} tests (skipped in their files)`] : [],
  };
}

function readReport(/** @type {string} */ file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A program that fails without naming a failed check counts as one failure. @returns {Result} */
function counted(/** @type {boolean} */ ok, /** @type {{ passed?: unknown, failed?: unknown } | undefined} */ counts) {
  const passed = Number(counts?.passed) || 0;
  const failed = Number(counts?.failed) || 0;
  const understood = ok ? passed > 0 && failed === 0 : failed > 0;
  return understood ? { passed, failed } : { passed, failed: failed + 1 };
}

/** @returns {Result} */
function notRun(/** @type {string} */ what) {
  return { passed: 0, failed: 0, notRun: [what] };
}
