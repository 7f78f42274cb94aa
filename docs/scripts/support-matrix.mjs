// Writes docs/support.md: what `pnpm conformance --json` found on this machine.
// usage: node docs/scripts/support-matrix.mjs [ROWS.json]; without a file the cases are run, which takes minutes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuInfo } from '@lstm/backend-cpu';

/** @typedef {import('@lstm/testing').ConformanceRow} Row */

const repository = fileURLToPath(new URL('../..', import.meta.url));
const { rows, measured } =
  process.argv[2] === undefined ? measure() : read(resolve(process.env['INIT_CWD'] ?? '.', process.argv[2]));
const backends = [...new Set(rows.map(({ backend }) => backend))];
writeFileSync(join(repository, 'docs/support.md'), page());

/** @returns {{ rows: Row[], measured: Date }} */
function read(/** @type {string} */ file) {
  return { rows: JSON.parse(readFileSync(file, 'utf8')), measured: statSync(file).mtime };
}

function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'lstm-conformance-'));
  const file = join(folder, 'rows.json');
  const { status } = spawnSync(process.execPath, ['scripts/conformance.mjs', '--json', file], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('a case fails: the matrix is of a state in which all pass');
  const found = read(file);
  rmSync(folder, { recursive: true });
  return found;
}

function page() {
  return `# Support matrix

Every op of core has cases in the conformance kit: sizes that fit no vector, broadcasting, masks with holes, NaN in the padding,
sequences of length 0, initial states. Each case runs on each backend. **values** compares what it computes with the reference backend
in float64, **gradients** the gradients with central differences. Recurrent ops, optimizers and losses are compared with PyTorch and
Keras besides (\`packages/testing/vectors\`).

${table([
  ['measured', ''],
  ['date', measured.toISOString().slice(0, 10)],
  ['processor', `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} processors`],
  ['system', `${platform()} ${arch()}, Node ${process.versions.node}`],
  ['native backend', native()],
  ['@lstm packages', versionOf('core')],
])}

*Written by \`pnpm docs:support\`, which runs the cases again.*

## In short

A number is the largest distance from the expected value beyond the relative tolerance. The tolerances stand in
[\`tolerances\`](reference/@lstm/testing/variables/tolerances.md): for float32 1e-5 + 1e-4 · |b| in values and 1e-4 + 1e-3 · |b| in
gradients.

${table([
  ['backend', 'compared', 'cases', 'pass', 'unsupported', 'fail', 'largest distance'],
  ...backends.flatMap((backend) => ['test', 'grad'].map((mode) => summary(backend, mode))),
])}

The values of the reference backend are the expected ones, in float64. The GPU backend is not in this table, for it needs a browser: its
own tests run the same kit in both of its modes, on WebGL2 in Chromium.

${unsupported()}
## Op by op

How many cases pass, values and gradients. A dash means that there is nothing to differentiate.

${table([
  ['op', ...backends.flatMap((backend) => [`${backend}: values`, 'gradients'])],
  ...[...new Set(rows.map(opOf))].map(opLine),
])}
`;
}

function native() {
  const { native: there, detail, instructionSet, threads } = cpuInfo();
  return there ? `${instructionSet}, ${threads} threads` : `none: ${detail}`;
}

function versionOf(/** @type {string} */ name) {
  const { version } = JSON.parse(readFileSync(join(repository, `packages/${name}/package.json`), 'utf8'));
  const git = (/** @type {string[]} */ ...args) =>
    spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout?.trim() ?? '';
  const changed = git('status', '--porcelain', 'packages') === '' ? '' : ' with changes that are not in it';
  return `${version}, revision ${git('rev-parse', '--short', 'HEAD') || 'unknown'}${changed}`;
}

function summary(/** @type {string} */ backend, /** @type {string} */ mode) {
  const own = rows.filter((row) => row.backend === backend && row.mode === mode);
  const count = (/** @type {Row['status']} */ status) => own.filter((row) => row.status === status).length;
  const worst = Math.max(0, ...own.map(({ maxError }) => maxError ?? 0));
  const compared = mode === 'test' ? 'values' : 'gradients';
  return [backend, compared, own.length, count('pass'), count('unsupported'), count('fail'), worst.toPrecision(2)];
}

/** What backends refuse, with their reasons. */
function unsupported() {
  const refused = rows.filter(({ status, mode }) => status === 'unsupported' && mode === 'test');
  if (refused.length === 0) return '';
  return `## Not supported

${table([['backend', 'case', 'why'], ...refused.map(({ backend, case: name, reason }) => [backend, name, reason ?? ''])])}

`;
}

function opOf(/** @type {Row} */ row) {
  return row.case.split(':')[0] ?? row.case;
}

function opLine(/** @type {string} */ op) {
  const cell = (/** @type {string} */ backend, /** @type {string} */ mode) => {
    const own = rows.filter((row) => opOf(row) === op && row.backend === backend && row.mode === mode);
    const passed = own.filter(({ status }) => status === 'pass').length;
    if (own.length === 0) return '–';
    return passed === own.length ? `${passed}` : `${passed} of ${own.length}`;
  };
  return [`\`${op}\``, ...backends.flatMap((backend) => [cell(backend, 'test'), cell(backend, 'grad')])];
}

function table(/** @type {(string | number)[][]} */ [head = [], ...body]) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...body.map(line)].join('\n');
}
