// Writes the page of a processor in docs/performance/ from a file of `pnpm bench --json`. Refuses figures of short turns, of a busy machine, or of engines
// that did not do the same work.
// usage: node docs/scripts/performance.mjs RESULTS.json
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ workload: string, engine: string, version: string, threads: number, medianMs: number, p10: number, p90: number,
 *   runs: number, gflops: number | null, fractionOfPeak: number | null, role: string, settings: string }} Row
 * @typedef {{ workload: string, what: string, value: number | null, goal: number, unit: string, outcome: string, note: string }} Goal
 * @typedef {{ processor: string, processors: number, memoryGiB: number, system: string, node: string, revision: string,
 *   native: string, rounds: number, turnMs: number, busyAtStart: number,
 *   peaks: { workload: string, busyProcessors: number }[] }} Settings
 * @typedef {{ settings: Settings, rows: Row[], goals: Goal[], notRun: { engine: string, reason: string }[],
 *   mismatches: unknown[] }} Results
 */

const given = process.argv[2];
if (given === undefined) {
  console.error('usage: node docs/scripts/performance.mjs RESULTS.json, a file of pnpm bench --json');
  process.exit(2);
}
// pnpm runs scripts in the root; a relative path is one of the folder where the user called it.
const file = resolve(process.env['INIT_CWD'] ?? '.', given);
/** @type {Results} */
const { settings, rows, goals, notRun, mismatches } = JSON.parse(readFileSync(file, 'utf8'));
const busiest = Math.max(settings.busyAtStart, ...settings.peaks.map(({ busyProcessors }) => busyProcessors));
refuseIf(rows.length === 0, 'there are no rows');
refuseIf(settings.turnMs < 500, 'the turns were short (--quick): such figures only show that it works');
refuseIf(busiest > 0.2, `other programs kept ${busiest.toFixed(1)} processors busy: measure on a quiet machine`);
refuseIf(mismatches.length > 0, 'the engines did not do the same work');
writeFileSync(
  fileURLToPath(new URL(`../performance/${nameOf(settings.processor)}.md`, import.meta.url)),
  page(statSync(file).mtime),
);

function refuseIf(/** @type {boolean} */ wrong, /** @type {string} */ reason) {
  if (!wrong) return;
  console.error(`${file} is not published: ${reason}`);
  process.exit(1);
}

/** `Intel(R) Xeon(R) Processor @ 2.50GHz` is `intel-xeon`. */
function nameOf(/** @type {string} */ processor) {
  const words = processor.replaceAll(/\(R\)|\(TM\)|\bProcessor\b|\bCPU\b|@.*/g, ' ').toLowerCase();
  return words
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .join('-');
}

function page(/** @type {Date} */ measured) {
  return `# Performance on ${settings.processor}

Our kernels, our API from end to end, and other engines, measured in turns in one run with the same weights and data; their losses
and outputs were compared first. What each workload is, and what is fair about it and what is not, stands in \`bench/README.md\`.

${table([
  ['measured', ''],
  ['date', measured.toISOString().slice(0, 10)],
  ['processor', `${settings.processor}, ${settings.processors} processors, ${settings.memoryGiB} GiB`],
  ['system', `${settings.system}, Node ${settings.node.replace(/^v/, '')}`],
  ['native backend', settings.native],
  ['revision', settings.revision],
  ['rounds', settings.rounds],
  ['busy with other programs', `${busiest.toFixed(2)} processors at most`],
])}

*Written by \`pnpm docs:performance RESULTS.json\` from a file of \`pnpm bench --json RESULTS.json\`.*

Times are milliseconds of one run: a training step (forward, backward, clipping, Adam, reading the loss) or an inference. p10 and p90
are the tenth and ninetieth percentile. *of peak* is the share of the multiply-add speed of the processor on as many threads.

${[...new Set(rows.map(({ workload }) => workload))].map(section).join('\n')}
## Goals

How many times faster than the fastest peer, best setting against best setting, and what this project set itself.

${table([
  ['workload', 'what', 'measured', 'goal', 'outcome', ''],
  ...goals.map(({ workload, what, value, goal, unit, outcome, note }) => [
    workload,
    what,
    value === null ? '–' : `${Number(value.toPrecision(3))} ${unit}`,
    `${goal} ${unit}`,
    outcome,
    note,
  ]),
])}
${notRun.length === 0 ? '' : `\nNot run: ${notRun.map(({ engine, reason }) => `${engine} (${reason})`).join('; ')}.\n`}`;
}

function section(/** @type {string} */ workload) {
  const own = rows.filter((row) => row.workload === workload).sort((a, b) => a.medianMs - b.medianMs);
  return `## ${workload}

${table([
  ['engine', 'threads', 'median ms', 'p10', 'p90', 'runs', 'GFLOP/s', 'of peak', 'settings'],
  ...own.map((row) => [
    row.role === 'otherWork' ? `${row.engine} ${row.version} (other work)` : `${row.engine} ${row.version}`,
    row.threads,
    ...[row.medianMs, row.p10, row.p90].map((ms) => Number(ms.toPrecision(3))),
    row.runs,
    row.gflops === null ? '–' : Number(row.gflops.toPrecision(3)),
    row.fractionOfPeak === null ? '–' : `${Math.round(100 * row.fractionOfPeak)} %`,
    row.settings.replaceAll('|', '/'),
  ]),
])}
`;
}

function table(/** @type {(string | number)[][]} */ [head = [], ...body]) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...body.map(line)].join('\n');
}
