// Makes the pictures of the site and of the READMEs anew from reports, which `pnpm demo` and `pnpm start` in apps/sentiment and
// apps/generate write. The vector pictures of apps/memory are made by its --figure.
// usage: node scripts/shoot-pictures.mjs
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { findChromium } from './lib/find-chromium.mjs';

const repository = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {{ report: string, file: string, width: number, from: string, to: string, scale?: number, dark?: boolean }} Picture
 *   what is between two elements of a report, both included, in a window of that width
 */
const forecast = {
  report: 'forecasts/co2/report.html',
  width: 600,
  from: '#chart2',
  to: '#chart2 .u-series:last-child',
  scale: 2,
};
/** @type {readonly Picture[]} */
const pictures = [
  { ...forecast, file: 'docs/images/forecast.png' },
  { ...forecast, file: 'docs/images/forecast-dark.png', dark: true },
  {
    report: 'apps/sentiment/report.html',
    file: 'apps/sentiment/report.png',
    width: 900,
    from: 'h1',
    to: '#chart2 .u-series:last-child',
  },
  {
    report: 'apps/generate/generated/typescript/report.html',
    file: 'apps/generate/report.png',
    width: 820,
    from: 'h2 >> nth=2',
    to: 'pre >> nth=1',
  },
];

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('there is no Chromium here: set CHROMIUM_PATH');
const browser = await chromium.launch({ executablePath });
try {
  for (const picture of pictures) await shoot(picture);
} finally {
  await browser.close();
}

async function shoot(/** @type {Picture} */ { report, file, width, from, to, scale = 1, dark = false }) {
  const page = await browser.newPage({
    viewport: { width, height: 800 },
    deviceScaleFactor: scale,
    colorScheme: dark ? 'dark' : 'light',
  });
  await page.goto(pathToFileURL(`${repository}${report}`).href);
  const [first, last] = await Promise.all([from, to].map((place) => page.locator(place).boundingBox()));
  if (!first || !last) throw new Error(`${report} does not show ${from} or ${to}`);
  const y = Math.max(0, first.y - 16);
  const clip = { x: 0, y, width, height: last.y + last.height + 16 - y };
  await page.screenshot({ path: `${repository}${file}`, clip, fullPage: true });
  await page.close();
  console.log(`written: ${file}`);
}
