// The sizes that the guide for browsers states are those of the packages as a user gets them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { repository } from '../lib/workspace.mjs';

const guide = 'docs/guides/browser.md';

const onReference = `
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
await useBackend(reference());
`;
const network = `
import { dense, lstm, sequential } from '@lstm/layers';
const network = sequential([lstm({ units: 8, inputShape: [null, 1] }), dense({ units: 1 })]);
`;

/** What stands in the first column of the table, and a program of that. */
const programs = {
  '`tensor` and `add` on `reference()`': `${onReference}
    import { add, tensor } from '@lstm/core';
    globalThis.sum = add(tensor([1]), tensor([2]));`,
  '`loadModel` and `predict` on `reference()`': `${onReference}
    import { loadModel } from '@lstm/io';
    import { predict } from '@lstm/train';
    globalThis.predict = (bytes, x) => predict(loadModel(bytes).network, x);`,
  'train with `createTrainer`': `${onReference}${network}
    import { meanSquaredError } from '@lstm/core';
    import { adam } from '@lstm/optim';
    import { createTrainer } from '@lstm/train';
    globalThis.trainer = createTrainer(network, { optimizer: adam(), loss: meanSquaredError });`,
  'train with `compile`': `${onReference}${network}
    import { compile } from '@lstm/train';
    globalThis.model = compile(network, { optimizer: 'adam', loss: 'mse' });`,
  'train with `fitInWorker`': `${onReference}${network}
    import { compile, fitInWorker } from '@lstm/train';
    globalThis.model = compile(network, { optimizer: 'adam', loss: 'mse' });
    globalThis.fit = fitInWorker;`,
  '`gpu()` of `@lstm/backend-gpu`': "export { gpu } from '@lstm/backend-gpu';",
  'the worker above': readFileSync(join(repository, 'docs/test-browser/browser-guide/worker.ts'), 'utf8'),
  '`createSequences` of `@lstm/data`': "export { createSequences } from '@lstm/data';",
};

/**
 * Returns what is wrong with the table, by the packages installed in a folder.
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export async function bundleSizeProblems(folder) {
  const text = readFileSync(join(repository, guide), 'utf8');
  const rows = [...text.matchAll(/^\| (.+?) \| (\d.*?) \|$/gm)].map(([, program = '', sizes = '']) => ({
    program,
    stated: (sizes.match(/\d+/g) ?? []).map(Number),
  }));
  const problems = Object.keys(programs)
    .filter((name) => !rows.some(({ program }) => program === name))
    .map((name) => `${guide} has no row for ${name}`);
  for (const { program, stated } of rows) {
    const contents = Object.entries(programs).find(([name]) => name === program)?.[1];
    if (contents === undefined) {
      problems.push(`no program is known for the row ${program} of ${guide}`);
      continue;
    }
    const measured = await sizes(folder, contents);
    const off = stated.some((size, i) => Math.abs(size - (measured[i] ?? 0)) > Math.max(1, size / 40));
    const are = measured.slice(0, stated.length).map(Math.round).join(', ');
    if (off) problems.push(`${program}: ${guide} says ${stated.join(', ')} kB, it is ${are}`);
  }
  return problems;
}

/** The kB of a program and of what it loads later, largest first. */
async function sizes(/** @type {string} */ folder, /** @type {string} */ contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    outdir: 'bundle',
    write: false,
  });
  const size = (/** @type {import('esbuild').OutputFile} */ file) => gzipSync(file.contents).length / 1000;
  const isEntry = (/** @type {import('esbuild').OutputFile} */ file) => file.path.endsWith('stdin.js');
  const later = outputFiles.filter((file) => !isEntry(file)).map(size);
  return [...outputFiles.filter(isEntry).map(size), ...later.sort((a, b) => b - a)];
}
