import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/**
 * What a part of a package is; a whole package says it itself.
 *
 * @type {Readonly<Record<string, string>>}
 */
const parts = {
  '@lstm/core/reference': 'The reference backend: every op in plain TypeScript, which all others are compared with',
  '@lstm/io/node': 'Models as files on disk, in Node',
  '@lstm/testing/vitest': 'The conformance cases as tests of Vitest',
};

/** What most programs start with; the others follow by name. */
const first = ['core', 'layers', 'train', 'data'];

/**
 * What the packages publish, by the source file behind it: the name to import, and what it is.
 *
 * @type {Readonly<Record<string, { readonly name: string, readonly description: string }>>}
 */
export const entryPoints = Object.fromEntries(
  [...first, ...readdirSync(packages).filter((folder) => !first.includes(folder))]
    .filter((folder) => existsSync(`${packages}/${folder}/package.json`))
    .flatMap((folder) => {
      const { name, description, exports } = JSON.parse(readFileSync(`${packages}/${folder}/package.json`, 'utf8'));
      return Object.entries(exports)
        .filter(([, target]) => typeof target === 'object')
        .map(([path, target]) => {
          const entry = name + path.slice(1);
          const about = path === '.' ? description : parts[entry];
          if (about === undefined) throw new Error(`say in docs/scripts/entry-points.mjs what ${entry} is`);
          return [`${packages}/${folder}/${target['@lstm/source'].slice(2)}`, { name: entry, description: about }];
        });
    }),
);
