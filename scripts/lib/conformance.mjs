// What the two commands of conformance share: loading sources as the tests do, and writing rows.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createViteServer } from 'vitest/node';
import { repository } from './workspace.mjs';

/** @returns {Promise<{ load: (path: string) => Promise<any>, close: () => Promise<void> }>} what loads a source of the repository */
export async function openSources() {
  const conditions = ['@lstm/source'];
  const server = await createViteServer({
    root: repository,
    configFile: false,
    logLevel: 'warn',
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, watch: null, ws: false },
    resolve: { conditions },
    ssr: { resolve: { conditions } },
  });
  return { load: (path) => server.ssrLoadModule(`/${path}`), close: () => server.close() };
}

/** @returns {string} a path of the folder where the user called: pnpm runs scripts in the root */
export function pathOfUser(/** @type {string} */ path) {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

export function writeRows(/** @type {string} */ file, /** @type {readonly object[]} */ rows) {
  const path = pathOfUser(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(rows, null, 1)}\n`);
}

/**
 * @param {readonly import('../../packages/testing/src/index.ts').ConformanceRow[]} rows
 * @returns {{ pass: number, unsupported: number, fail: number, worst: number }} how many of each, and the largest error
 */
export function countRows(rows) {
  const count = (/** @type {'pass' | 'unsupported' | 'fail'} */ status) =>
    rows.filter((row) => row.status === status).length;
  return {
    pass: count('pass'),
    unsupported: count('unsupported'),
    fail: count('fail'),
    worst: Math.max(0, ...rows.map(({ maxError }) => maxError ?? 0)),
  };
}
