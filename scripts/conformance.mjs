// `pnpm conformance [--json FILE] [--perf]`: every conformance case on the reference backend and on the native one, from
// sources. Writes the rows as JSON and prints how many pass, are unsupported or fail; a failure is exit code 1.
import { parseArgs } from 'node:util';
import { countRows, openSources, writeRows } from './lib/conformance.mjs';

/** @typedef {import('../packages/testing/src/index.ts').ConformanceRow} Row */

const usage = 'usage: pnpm conformance [--json FILE] [--perf]';
const { json, perf } = options();

const { load, close } = await openSources();
try {
  /** @type {typeof import('../packages/testing/src/index.ts')} */
  const { runConformance, supportMatrix } = await load('packages/testing/src/index.ts');
  /** @type {import('../packages/testing/src/index.ts').ConformanceMode[]} */
  const modes = ['test', 'grad', 'support', ...(perf ? /** @type {const} */ (['perf']) : [])];
  /** @type {Row[]} */
  const rows = [];
  for (const backend of await backends()) {
    rows.push(...(await runConformance(backend, { modes })));
    backend.dispose();
  }
  if (json !== undefined) writeRows(json, rows);
  print(rows, supportMatrix);
  if (rows.some(({ status }) => status === 'fail')) process.exitCode = 1;
} finally {
  await close();
}

/** @returns {{ json?: string, perf: boolean }} */
function options() {
  try {
    const { values } = parseArgs({ options: { json: { type: 'string' }, perf: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

/** The backends that run here; the native one is left out where it would be the reference backend under another name. */
async function backends() {
  /** @type {typeof import('../packages/core/src/reference/index.ts')} */
  const { reference } = await load('packages/core/src/reference/index.ts');
  /** @type {typeof import('../packages/backend-cpu/src/index.ts')} */
  const { cpu, cpuInfo } = await load('packages/backend-cpu/src/index.ts');
  const { native, detail, instructionSet, threads } = cpuInfo();
  if (native) {
    console.log(`cpu: ${instructionSet}, ${threads} threads`);
    return [reference(), cpu()];
  }
  console.log(`not run: cpu, which falls back to the reference backend here (${detail})`);
  if (process.env.CI) process.exitCode = 1;
  return [reference()];
}

function print(/** @type {Row[]} */ rows, /** @type {(rows: Row[]) => string} */ supportMatrix) {
  const groups = new Set(rows.map(({ backend, mode }) => `${backend} ${mode}`));
  const summaries = [...groups].map((name) => {
    const { worst, ...counts } = countRows(rows.filter(({ backend, mode }) => `${backend} ${mode}` === name));
    return [name, { ...counts, 'largest error beyond relative tolerance': Number(worst.toPrecision(3)) }];
  });
  console.table(Object.fromEntries(summaries));
  const rest = rows.filter(({ status }) => status !== 'pass');
  if (rest.length > 0) console.log(supportMatrix(rest));
  for (const { backend, mode, case: name, reason } of rest) console.log(`${backend} ${mode} ${name}: ${reason}`);
}
