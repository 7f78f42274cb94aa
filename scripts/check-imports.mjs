// The direction of dependencies: which package may import which, checked in sources and in package.json files.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { Tally } from './lib/tally.mjs';
import { filesBelow, repository, workspacePackages } from './lib/workspace.mjs';

/** What the published sources of a package may import. A backend (`backend-*`) may import core only. */
const arrows = {
  core: [],
  layers: ['core'],
  optim: ['core'],
  data: ['core'],
  testing: ['core'],
  io: ['core', 'layers'],
  train: ['core', 'io', 'layers', 'optim'],
  cli: ['core', 'data', 'io', 'layers', 'optim', 'train', 'backend-cpu', 'backend-gpu'],
};
/** Sources that may use Node's own modules; all others run in a browser. */
const nodeSources = /^packages\/(cli|backend-cpu|testing)\/src\/|^packages\/io\/src\/node(\.ts|\/)/;

const isBuiltin = (/** @type {string} */ name) => name.startsWith('node:') || builtinModules.includes(name);
const isTest = (/** @type {string} */ path) => !/\/src\//.test(path) || path.endsWith('.test.ts');

/** @type {Map<string, { folder: string, manifest: any }>} */
const workspace = new Map(workspacePackages().map((entry) => [entry.manifest.name, entry]));

const tally = new Tally();
for (const { folder, manifest } of workspace.values()) {
  tally.check(`${folder}/package.json`, manifestProblems(folder, manifest));
  for (const path of listSources(folder)) {
    const problems = importsOf(path).flatMap((name) => importProblems(path, folder, manifest, name));
    tally.check(path, problems);
  }
}
tally.check('no cycle among the packages', cycles());
tally.finish();

function allowedFor(/** @type {string} */ folder) {
  const name = folder.replace('packages/', '');
  if (!folder.startsWith('packages/')) return [...workspace.keys()];
  const allowed = name.startsWith('backend-') ? ['core'] : arrows[name];
  if (!allowed) throw new Error(`${folder} is new: add its arrows to scripts/check-imports.mjs`);
  return allowed.map((/** @type {string} */ short) => `@lstm/${short}`);
}

function manifestProblems(/** @type {string} */ folder, /** @type {any} */ manifest) {
  const allowed = allowedFor(folder);
  const upward = Object.keys(usedWhenInstalled(manifest))
    .filter((name) => workspace.has(name) && !allowed.includes(name))
    .map((name) => `depends on ${name}, which is not below it (it may use ${allowed.join(', ') || 'nothing of ours'})`);
  // Changesets makes a major version of every package where a new version leaves the range of a peer.
  const narrow = Object.entries(manifest.peerDependencies ?? {})
    .filter(([name, range]) => workspace.has(name) && range !== '*')
    .map(([name, range]) => `has the peer ${name} in the range ${range}: write *, or the next release is a major one`);
  return [...upward, ...narrow];
}

/** What an installed package may load. @returns {Record<string, string>} */
function usedWhenInstalled(/** @type {any} */ { dependencies, peerDependencies, optionalDependencies }) {
  return { ...dependencies, ...peerDependencies, ...optionalDependencies };
}

/**
 * @param {string} path the importing file
 * @param {string} folder its package
 * @param {any} manifest the package.json there
 * @param {string} name what it imports
 */
function importProblems(path, folder, manifest, name) {
  if (name.startsWith('.')) {
    const target = relative(resolve(repository, folder), resolve(repository, dirname(path), name));
    return target.startsWith('..') ? [`imports ${name}, outside its package: import the published name`] : [];
  }
  if (isBuiltin(name)) {
    const free = isTest(path) || !folder.startsWith('packages/') || nodeSources.test(path);
    return free ? [] : [`imports ${name}: this source also runs in a browser`];
  }
  const packageName = name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
  const target = workspace.get(packageName);
  const problems = [];
  if (target && packageName !== manifest.name) {
    const below = allowedFor(folder).includes(packageName);
    if (!isTest(path) && !below) problems.push(`imports ${name}, which is not below it`);
    const { dependencies, optionalDependencies, devDependencies, peerDependencies } = manifest;
    const declared = {
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
      ...(isTest(path) && devDependencies),
    };
    if (!(packageName in declared)) problems.push(`imports ${name}, which its package.json does not declare`);
  }
  if (target && !(`.${name.slice(packageName.length)}` in (target.manifest.exports ?? {}))) {
    problems.push(`imports ${name}, which ${packageName} does not export`);
  }
  return problems;
}

/** Module names of the imports and re-exports of a file; doc comments, whose lines start with a star, do not count. */
function importsOf(/** @type {string} */ path) {
  const text = readFileSync(join(repository, path), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*['"]([^'"]+)['"]/gm);
  const calls = text.matchAll(/^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*['"]([^'"]+)['"]/gm);
  return [...statements, ...calls].map((match) => match[1]);
}

function cycles() {
  const problems = [];
  const visit = (/** @type {string} */ name, /** @type {string[]} */ trail) => {
    if (trail.includes(name)) return void problems.push([...trail.slice(trail.indexOf(name)), name].join(' → '));
    const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = workspace.get(name)?.manifest ?? {};
    for (const next of Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })) {
      if (workspace.has(next) && problems.length === 0) visit(next, [...trail, name]);
    }
  };
  for (const name of workspace.keys()) visit(name, []);
  return problems;
}

function listSources(/** @type {string} */ folder) {
  return ['src', 'test', 'test-browser', 'bench'].flatMap((name) =>
    filesBelow(join(repository, folder, name))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${name}/${file}`),
  );
}
