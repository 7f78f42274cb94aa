// Writes the page of a processor and instruction set in docs/performance/ from a file of `pnpm bench --json`, and the factors of all
// pages into the overview there. Refuses figures of short turns, of a busy machine, or of engines that did not do the same work.
// usage: node docs/scripts/performance.mjs RESULTS.json
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ workload: string, engine: string, version: string, threads: number, medianMs: number, p10: number, p90: number,
 *   runs: number, gflops: number | null, fractionOfPeak: number | null, role: string, settings: string }} Row
 * @typedef {{ processor: string, processors: number, memoryGiB: number, system: string, node: string, revision: string,
 *   native: string, rounds: number, turnMs: number, busyAtStart: number,
 *   peaks: { workload: string, busyProcessors: number }[] }} Settings
 * @typedef {{ settings: Settings, rows: Row[], notRun: { engine: string, reason: string }[],
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
const { settings, rows, notRun, mismatches } = JSON.parse(readFileSync(file, 'utf8'));
const busiest = Math.max(settings.busyAtStart, ...settings.peaks.map(({ busyProcessors }) => busyProcessors));
refuseIf(rows.length === 0, 'there are no rows');
refuseIf(settings.turnMs < 500, 'the turns were short (--quick): such figures only show that it works');
refuseIf(busiest > 0.2, `other programs kept ${busiest.toFixed(1)} processors busy: measure on a quiet machine`);
refuseIf(mismatches.length > 0, 'the engines did not do the same work');
const folder = fileURLToPath(new URL('../performance/', import.meta.url));
const processor = `${shortName(settings.processor)} ${settings.native}`; // makers sell several generations by one name
writeFileSync(`${folder}${processor.toLowerCase().replaceAll(' ', '-')}.md`, page(statSync(file).mtime));
writeFileSync(`${folder}index.md`, withFactors(readFileSync(`${folder}index.md`, 'utf8')));

function refuseIf(/** @type {boolean} */ wrong, /** @type {string} */ reason) {
  if (!wrong) return;
  console.error(`${file} is not published: ${reason}`);
  process.exit(1);
}

/** `Intel(R) Xeon(R) Processor @ 2.50GHz` is `Intel Xeon`. */
function shortName(/** @type {string} */ name) {
  const words = name.replaceAll(/\(R\)|\(TM\)|\bProcessor\b|\bCPU\b|@.*/g, ' ');
  return words
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .join(' ');
}

function page(/** @type {Date} */ measured) {
  const workloads = [...new Set(rows.map(({ workload }) => workload))];
  return `# Performance on ${processor}

Our kernels, our API from end to end, and other engines, measured in turns in one run with the same weights and data; their losses
and outputs were compared first. The [overview](./index.md) says what each workload is.

## In short

Milliseconds, each engine with the setting that suits it best. A factor above 1 says that ours is faster.

${table([['workload', 'ours, end to end', 'fastest other engine', 'factor'], ...workloads.flatMap(inShort)])}

## How it was measured

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

${workloads.map(section).join('\n')}${notRun.length === 0 ? '' : `\nNot run: ${notRun.map(({ engine, reason }) => `${engine} (${reason})`).join('; ')}.\n`}`;
}

/** Our public API beside the fastest engine that did the same work, where both ran. */
function inShort(/** @type {string} */ workload) {
  const fastest = (/** @type {string} */ role) =>
    rows.filter((row) => row.workload === workload && row.role === role).sort((a, b) => a.medianMs - b.medianMs)[0];
  const [ours, other] = [fastest('endToEnd'), fastest('peer')];
  if (ours === undefined || other === undefined) return [];
  const factor = other.medianMs / ours.medianMs;
  return [
    [
      workload,
      Number(ours.medianMs.toPrecision(3)),
      `${other.engine}: ${Number(other.medianMs.toPrecision(3))}`,
      `${factor.toFixed(factor < 10 ? 2 : 1)}\u00a0×${factor < 1 ? ' (slower)' : ''}`,
    ],
  ];
}

/** The overview with the factors that the pages of all processors tell. */
function withFactors(/** @type {string} */ overview) {
  const pages = readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => {
      const text = readFileSync(`${folder}${name}`, 'utf8');
      const summary = /## In short[\s\S]*?\n(?=## )/.exec(text)?.[0] ?? '';
      const lines = [...summary.matchAll(/^\| ([a-z]+\.[a-z]+) \|.*\| (.+) \|$/gm)];
      const title = /^# Performance on (.*)/m.exec(text)?.[1] ?? name;
      return {
        title: `[${title}](./${name})`,
        factors: new Map(lines.map(([, workload, factor]) => [workload, factor])),
      };
    });
  const workloads = [...new Set(pages.flatMap(({ factors }) => [...factors.keys()]))];
  const factors = table([
    ['workload', ...pages.map(({ title }) => title)],
    ...workloads.map((workload) => [`${workload}`, ...pages.map((page) => page.factors.get(workload) ?? '–')]),
  ]);
  return overview.replace(/(<!-- factors: .* -->\n)[\s\S]*?(?=\n<!-- end -->)/, (_, start) => `${start}\n${factors}\n`);
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
