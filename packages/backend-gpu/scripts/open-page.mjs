// Opens a page of ours in Chromium, with the GPU where there is one and SwiftShader where there is none.
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { chromium } from 'playwright';

/**
 * @param {string} executablePath of Chromium
 * @param {Readonly<Record<string, import('esbuild').BuildOptions>>} scripts what is bundled under which name; the page runs `page.js`
 * @returns {Promise<{ page: import('playwright').Page, version: string, close: () => Promise<void> }>}
 */
export async function openPage(executablePath, scripts) {
  const bundles = new Map();
  for (const [name, options] of Object.entries(scripts)) {
    const { outputFiles } = await build({
      ...options,
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      conditions: ['@lstm/source'],
      write: false,
      logLevel: 'error',
    });
    bundles.set(`/${name}`, outputFiles?.[0]?.text ?? '');
  }
  const server = createServer(({ url }, response) => {
    const script = bundles.get(url);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless=new', '--no-sandbox', '--enable-unsafe-swiftshader', '--enable-unsafe-webgpu'],
    headless: false,
    ignoreDefaultArgs: ['--disable-gpu'],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, { waitUntil: 'commit' });
  return {
    page,
    version: browser.version(),
    async close() {
      await browser.close();
      server.close();
    },
  };
}
