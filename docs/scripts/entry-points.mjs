import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/**
 * What the packages publish: the name to import, by the source file behind it.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const entryPoints = Object.fromEntries(
  readdirSync(packages)
    .filter((folder) => existsSync(`${packages}/${folder}/package.json`))
    .flatMap((folder) => {
      const { name, exports } = JSON.parse(readFileSync(`${packages}/${folder}/package.json`, 'utf8'));
      return Object.entries(exports)
        .filter(([, target]) => typeof target === 'object')
        .map(([path, target]) => [`${packages}/${folder}/${target['@lstm/source'].slice(2)}`, name + path.slice(1)]);
    }),
);
