// Opens a page of ours in Chromium, with the GPU where there is one and SwiftShader where there is none.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright';

/**
 * @param {string} executablePath of Chromium
 * @param {Readonly<Record<string, string>>} scripts names as the page imports them, and the files they are made of; `page.js` is
 *   what the page runs
 * @returns {Promise<{ page: import('playwright').Page, close: () => Promise<void> }>}
 */
export async function openPage(executablePath, scripts) {
  const bundles = new Map();
  for (const [name, file] of Object.entries(scripts)) {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      conditions: ['@lstm/source'],
      write: false,
      logLevel: 'error',
    });
    bundles.set(`/${name}`, outputFiles[0]?.text ?? '');
  }
  const server = createServer(({ url }, response) => {
    const script = bundles.get(url);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const profile = mkdtempSync(join(tmpdir(), 'lstm-bench-gpu-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ['--headless=new', '--no-sandbox', '--enable-unsafe-swiftshader', '--enable-unsafe-webgpu'],
    headless: false,
    ignoreDefaultArgs: ['--disable-gpu'],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, { waitUntil: 'commit' });
  return {
    page,
    async close() {
      await browser.close();
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
