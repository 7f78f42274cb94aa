// Writes docs/support.md: what `pnpm conformance --json` and `pnpm conformance:gpu --json` found on this machine.
// usage: node docs/scripts/support-matrix.mjs [ROWS.json] [--gpu ROWS.json]...; without a file the cases are run, which takes minutes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuInfo } from '@lstm/backend-cpu';

/** @typedef {import('@lstm/testing').ConformanceRow & { device?: string }} Row `device`: what computed, for the GPU backend */

const repository = fileURLToPath(new URL('../..', import.meta.url));
const { positionals, values } = parseArgs({
  options: { gpu: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const revisionBefore = revision();
const { rows, measured } = found(positionals, 'conformance');
const { rows: gpuRows } = found(values.gpu ?? [], 'conformance-gpu');
const backends = [...new Set(rows.map(({ backend }) => backend))];
writeFileSync(join(repository, 'docs/support.md'), page());

/** @returns {{ rows: Row[], measured: Date }} those of the files, else of a run of the script */
function found(/** @type {string[]} */ files, /** @type {string} */ script) {
  if (files.length === 0) return measure(script);
  const paths = files.map((file) => resolve(process.env['INIT_CWD'] ?? '.', file));
  return {
    rows: paths.flatMap((path) => JSON.parse(readFileSync(path, 'utf8'))),
    measured: new Date(Math.max(...paths.map((path) => statSync(path).mtimeMs))),
  };
}

function measure(/** @type {string} */ script) {
  const folder = mkdtempSync(join(tmpdir(), 'lstm-conformance-'));
  const file = join(folder, 'rows.json');
  const { status } = spawnSync(process.execPath, [`scripts/${script}.mjs`, '--json', file], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // What a driver for the GPU does wrong is shown in the table.
  if (status !== 0 && script === 'conformance')
    throw new Error('a case fails: the matrix is of a state in which all pass');
  const result = found([file], script);
  rmSync(folder, { recursive: true });
  return result;
}

function page() {
  return `# Support matrix

Every op of core has cases in the conformance kit: sizes that fit no vector, broadcasting, masks with holes, NaN in the padding,
sequences of length 0, initial states. Each case runs on each backend. **values** compares what it computes with the reference backend
in float64, **gradients** the gradients with central differences. Recurrent ops, optimizers and losses are also compared with PyTorch and
Keras (\`packages/testing/vectors\` in the repository).

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

A number is the largest distance from the expected value beyond the relative tolerance. The tolerances are listed in
[\`tolerances\`](reference/@lstm/testing/variables/tolerances.md): for float32 1e-5 + 1e-4 · |b| in values and 1e-4 + 1e-3 · |b| in
gradients.

${table([
  ['backend', 'compared', 'cases', 'pass', 'unsupported', 'fail', 'largest distance'],
  ...backends.flatMap((backend) => ['test', 'grad'].map((mode) => summary(backend, mode))),
])}

The values of the reference backend are the expected ones, in float64.

## GPU backend

\`@lstm/backend-gpu\` runs the same cases in every mode (\`pnpm conformance:gpu\`). **computed by** is what the driver says of
itself. In Node, WebGL2 and WebGPU come from the npm packages \`gl\` and \`webgpu\`, which are a dependency of nothing here; the
package's README says how.

${table([
  ['mode', 'computed by', 'compared', 'cases', 'pass', 'unsupported', 'fail', 'largest distance'],
  ...[...new Set(gpuRows.map(({ backend }) => backend))].flatMap(gpuLines),
])}

${gpuRefused()}
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
  const after = revision();
  return `${version}, revision ${revisionBefore === after ? after : `${revisionBefore}, then ${after} while the cases ran`}`;
}

function revision() {
  const git = (/** @type {string[]} */ ...args) =>
    spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout?.trim() ?? '';
  const changed = git('status', '--porcelain', 'packages') === '' ? '' : ' with changes that are not in it';
  return `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${changed}`;
}

/** Lines of a mode of the GPU backend, or one that says why it did not run. */
function gpuLines(/** @type {string} */ backend) {
  const missing = gpuRows.find((row) => row.backend === backend && row.case === 'all');
  if (missing !== undefined) return [[backend, `not run: ${missing.reason}`, '', '', '', '', '', '']];
  const device = gpuRows.find((row) => row.backend === backend)?.device ?? 'it does not say';
  return ['test', 'grad'].map((mode) => summary(backend, mode, gpuRows).toSpliced(1, 0, device));
}

/** Cases that a mode of the GPU backend fails or refuses. */
function gpuRefused() {
  const refused = gpuRows.filter((row) => row.status !== 'pass' && row.case !== 'all');
  if (refused.length === 0) return 'Every mode that ran passes every case.';
  const reason = (/** @type {Row} */ row) => row.reason ?? '';
  return `What does not pass:

${table([['mode', 'case', 'what'], ...refused.map((row) => [row.backend, row.case, reason(row)])])}
`;
}

function summary(/** @type {string} */ backend, /** @type {string} */ mode, all = rows) {
  const own = all.filter((row) => row.backend === backend && row.mode === mode);
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
