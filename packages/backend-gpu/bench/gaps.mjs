// `pnpm --filter @lstm/backend-gpu bench:gaps`: how long a page waits for its turn while a worker trains, and while workers only burn as many processors.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPage } from '../scripts/open-page.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    chromium: { type: 'string', default: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' },
  },
});
const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const { page, close } = await openPage(values.chromium, {
  'page.js': { entryPoints: [file('gaps-page.ts')] },
  'worker.js': { entryPoints: [file('gaps-worker.ts')] },
});
try {
  await page.waitForFunction(() => 'measureGaps' in globalThis);
  console.log('| workers | gaps | over 16 ms | p99.9 ms | longest ms |\n|---|---|---|---|---|');
  for (const load of ['idle', 'reference', 'busy', 'webgl2', 'webgpu']) {
    const { gaps, over, high, longest } = await page.evaluate(
      ([name, seconds]) => globalThis.measureGaps(String(name), Number(seconds)),
      [load, values.seconds],
    );
    console.log(`| ${load} | ${gaps} | ${over} | ${high.toFixed(1)} | ${longest.toFixed(1)} |`);
  }
} finally {
  await close();
}
