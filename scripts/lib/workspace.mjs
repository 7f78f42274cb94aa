import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The workspace packages.
 * @returns {{ folder: string, manifest: any }[]} folders relative to the repository, such as `packages/core`
 */
export function workspacePackages() {
  return [...foldersIn('packages'), ...foldersIn('apps'), 'bench', 'docs']
    .filter((folder) => existsSync(join(repository, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readJson(join(repository, folder, 'package.json')) }));
}

/** @returns {any} the parsed file */
export function readJson(/** @type {string} */ file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @returns {string[]} the files below a folder with slashes, relative to it; none when there is no such folder */
export function filesBelow(/** @type {string} */ folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
}

function foldersIn(/** @type {string} */ parent) {
  return existsSync(join(repository, parent))
    ? readdirSync(join(repository, parent)).map((name) => `${parent}/${name}`)
    : [];
}
