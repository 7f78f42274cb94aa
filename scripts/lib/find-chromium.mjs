import { existsSync } from 'node:fs';

const wellKnownPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

/**
 * The Chromium that browser tests launch: `CHROMIUM_PATH`, else one of the usual places.
 * @returns {string | undefined} its path, or undefined when there is none
 */
export function findChromium() {
  return [process.env.CHROMIUM_PATH, ...wellKnownPlaces].find((path) => path && existsSync(path));
}
