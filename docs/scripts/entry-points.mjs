import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/**
 * What the packages publish, by the source file behind it: the name to import, and for a whole package what it is.
 *
 * @type {Readonly<Record<string, { readonly name: string, readonly description: string | undefined }>>}
 */
export const entryPoints = Object.fromEntries(
  readdirSync(packages)
    .filter((folder) => existsSync(`${packages}/${folder}/package.json`))
    .flatMap((folder) => {
      const { name, description, exports } = JSON.parse(readFileSync(`${packages}/${folder}/package.json`, 'utf8'));
      return Object.entries(exports)
        .filter(([, target]) => typeof target === 'object')
        .map(([path, target]) => [
          `${packages}/${folder}/${target['@lstm/source'].slice(2)}`,
          { name: name + path.slice(1), description: path === '.' ? description : undefined },
        ]);
    }),
);
