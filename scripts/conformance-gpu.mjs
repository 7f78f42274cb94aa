// `pnpm conformance:gpu`: every conformance case in every mode of @lstm/backend-gpu that can be had here, from sources. Says which
// modes ran and which could not, and why; a failure is exit code 1.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installHeadlessGl } from '../packages/backend-gpu/scripts/headless-gl.mjs';
import { openPage } from '../packages/backend-gpu/scripts/open-page.mjs';
import { countRows, openSources, pathOfUser, writeRows } from './lib/conformance.mjs';
import { findChromium } from './lib/find-chromium.mjs';
import { repository } from './lib/workspace.mjs';

/** @typedef {import('../packages/testing/src/index.ts').ConformanceRow & { device?: string }} Row `device`: what computed */
/** @typedef {'webasm' | 'webgl2' | 'webgpu'} Mode */

const places = ['webasm in Node', 'webgl2 in Chromium', 'webgpu in Chromium', 'webgl2 in Node', 'webgpu in Node'];
const usage = `usage: pnpm conformance:gpu [--json FILE] [--only PLACE]...

  --json FILE   also write the rows to a file
  --only PLACE  one of: ${places.join(', ')}

webgl2 and webgpu in Node need packages that are a dependency of nothing here. Install them in a folder of their own and name them:
HEADLESS_GL=folder/node_modules/gl (version 9; on Linux it needs an X display, without one it is run by xvfb-run) and
NODE_WEBGPU=folder/node_modules/webgpu (on Linux it needs libvulkan and a driver: VK_DRIVER_FILES names one).`;
const { json, only = places } = options();
const gpuJs = String(
  JSON.parse(readFileSync(join(repository, 'packages/backend-gpu/package.json'), 'utf8')).dependencies['gpu.js'],
);

/** @type {Row[]} */
const rows = [];
for (const place of only) {
  const found = await runIn(place);
  if (typeof found === 'string') {
    console.log(`${place}: not run, ${found}`);
    rows.push({ backend: place, case: 'all', mode: 'test', status: 'unsupported', maxError: null, reason: found });
    continue;
  }
  const own = found.map((row) => ({ ...row, backend: place }));
  rows.push(...own);
  for (const mode of ['test', 'grad'])
    console.log(`${place}, ${mode}: ${summary(own.filter((row) => row.mode === mode))}`);
  for (const { mode, case: name, status, reason } of own) {
    if (status !== 'pass') console.log(`  ${status} ${mode} ${name}: ${reason}`);
  }
}
if (json !== undefined) writeRows(json, rows);
if (rows.some(({ status }) => status === 'fail')) process.exitCode = 1;

/** @returns {{ json?: string, only?: string[] }} */
function options() {
  try {
    const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string', multiple: true } } });
    const unknown = values.only?.find((name) => !places.includes(name));
    if (unknown !== undefined) throw new Error(`there is no place ${unknown}`);
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

/** @returns {Promise<Row[] | string>} rows, or why there are none */
async function runIn(/** @type {string} */ place) {
  if (place === 'webasm in Node') return inNode('webasm');
  if (place === 'webgl2 in Chromium') return inChromium('webgl2');
  if (place === 'webgpu in Chromium') return inChromium('webgpu');
  return place === 'webgl2 in Node' ? inHeadlessGl() : inNodeWebGpu();
}

async function inNode(/** @type {Mode} */ mode, device = `gpu.js ${gpuJs}`) {
  const { load, close } = await openSources();
  try {
    /** @type {typeof import('../packages/testing/src/index.ts')} */
    const { runConformance } = await load('packages/testing/src/index.ts');
    /** @type {{ gpu: (options: { mode: Mode }) => Promise<import('../packages/core/src/index.ts').Backend> }} */
    const { gpu } = await load('packages/backend-gpu/src/index.ts');
    const backend = await gpu({ mode });
    const found = await runConformance(backend);
    backend.dispose();
    return found.map((row) => ({ ...row, device }));
  } finally {
    await close();
  }
}

async function inChromium(/** @type {Mode} */ mode) {
  const executablePath = findChromium();
  if (executablePath === undefined) return 'there is no Chromium here: set CHROMIUM_PATH';
  const { page, version, close } = await openPage(executablePath, {
    'page.js': {
      stdin: {
        contents: `import { runConformance } from '@lstm/testing';
        import { gpu } from '@lstm/backend-gpu';
        globalThis.conformance = async (mode) => {
          const backend = await gpu({ mode }).catch((error) => String(error.message));
          return typeof backend === 'string' ? backend : runConformance(backend);
        };
        globalThis.device = async (mode) => {
          if (mode === 'webgpu') {
            const { vendor, architecture, description } = (await navigator.gpu.requestAdapter()).info;
            return [vendor, architecture, description].filter(Boolean).join(' ');
          }
          const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
          return gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
        };`,
        resolveDir: join(repository, 'docs'),
      },
    },
  });
  try {
    await page.waitForFunction(() => 'conformance' in globalThis);
    /** @type {Row[] | string} */
    const found = await page.evaluate((asked) => /** @type {any} */ (globalThis).conformance(asked), mode);
    if (typeof found === 'string') return found;
    const drawn = await page.evaluate((asked) => /** @type {any} */ (globalThis).device(asked), mode);
    return found.map((row) => ({ ...row, device: `${drawn}; Chromium ${version}` }));
  } finally {
    await close();
  }
}

async function inHeadlessGl() {
  const path = process.env.HEADLESS_GL;
  if (path === undefined) return 'HEADLESS_GL names no installed npm package gl';
  const shown = process.env.DISPLAY !== undefined || process.platform !== 'linux';
  if (shown) {
    const folder = pathOfUser(path);
    const renderer = installHeadlessGl(createRequire(import.meta.url)(folder));
    return inNode('webgl2', `${renderer}; gl ${versionIn(folder)}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'lstm-conformance-gpu-'));
  const file = join(folder, 'rows.json');
  const again = [process.execPath, fileURLToPath(import.meta.url), '--only', 'webgl2 in Node', '--json', file];
  const { error } = spawnSync('xvfb-run', ['-a', ...again], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error !== undefined) return 'there is no X display, and xvfb-run is not installed';
  const found = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : 'it ended with the error above';
  rmSync(folder, { recursive: true });
  return found;
}

async function inNodeWebGpu() {
  const path = process.env.NODE_WEBGPU;
  if (path === undefined) return 'NODE_WEBGPU names no installed npm package webgpu';
  const folder = pathOfUser(path);
  const { create, globals } = await import(pathToFileURL(join(folder, 'index.js')).href);
  Object.assign(globalThis, globals);
  const entry = create([]);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: entry }, configurable: true });
  const adapter = await entry.requestAdapter();
  if (adapter === null) return 'the package webgpu finds no adapter: VK_DRIVER_FILES names a driver';
  const { vendor, architecture, description } = adapter.info;
  const drawn = [vendor, architecture, description].filter(Boolean).join(' ');
  return inNode('webgpu', `${drawn}; webgpu ${versionIn(folder)}`);
}

function versionIn(/** @type {string} */ folder) {
  return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version);
}

function summary(/** @type {Row[]} */ own) {
  const { pass, unsupported, fail, worst } = countRows(own);
  return `${pass} pass, ${unsupported} unsupported, ${fail} fail, off by at most ${worst.toPrecision(2)}`;
}
