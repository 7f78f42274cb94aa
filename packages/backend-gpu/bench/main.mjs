// `bench:gpu`: our modes and those of TensorFlow.js in one page, in turns; prints a table and, with --json, writes rows.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPage } from '../scripts/open-page.mjs';

const help = `pnpm bench:gpu [--json FILE] [--only WORKLOAD]... [--mode MODE]... [--rounds N] [--chromium PATH]

  --json FILE      also write the rows to a file
  --only WORKLOAD  matmul 512, lstm forward, lstm training step, characters training step; may be given several times
  --mode MODE      webgl2, webgpu; both without it. TensorFlow.js runs its webgl and webgpu beside them
  --rounds N       rounds in which every engine has a turn (default 9)
  --chromium PATH  the browser (default CHROMIUM_PATH, else /usr/bin/chromium)`;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    mode: { type: 'string', multiple: true, default: ['webgl2', 'webgpu'] },
    rounds: { type: 'string', default: '9' },
    chromium: { type: 'string', default: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit();
}
const names = values.only ?? ['matmul 512', 'lstm forward', 'lstm training step', 'characters training step'];

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const { page, close } = await openPage(values.chromium, { 'page.js': { entryPoints: [file('page.ts')] } });
try {
  await page.waitForFunction(() => 'runWorkload' in globalThis);
  const rows = [];
  console.log('| workload | engine | mode | median ms | launches | MB written | by tfjs webgl | by tfjs webgpu |');
  console.log(`|${'---|'.repeat(8)}`);
  for (const name of names) {
    const result = await page.evaluate(
      ([workload, modes, rounds]) =>
        globalThis.runWorkload(String(workload), /** @type {string[]} */ (modes), Number(rounds)),
      [name, values.mode, Number(values.rounds)],
    );
    for (const row of result.rows) {
      const ratios = ['webgl', 'webgpu'].map((mode) => row.ratios[mode]?.toFixed(2) ?? '');
      const cells = [name, row.engine, row.mode, row.medianMs.toFixed(1), row.launches, (row.bytes / 1e6).toFixed(1)];
      console.log(`| ${[...cells, ...ratios].join(' | ')} |`);
      rows.push(row);
    }
    for (const reason of result.missing) console.log(`not run: ${name}: ${reason}`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  await close();
}
