// A bundle of a trainer holds what it names: an unused layer, optimizer or backend adds no byte to it.
import { build } from 'esbuild';

/** Files of a cell but for its kernel in the reference backend. */
function cellFiles(/** @type {string} */ name) {
  return new RegExp(`(?<!reference/recurrent)/${name}(-cell)?\\.js$`);
}

/** Programs that use one thing more than `least` does, and the files of that thing. */
const features = {
  lstm: { use: "import { lstm } from '@lstm/layers'; layers.push(lstm({ units: 1 }));", files: cellFiles('lstm') },
  gru: { use: "import { gru } from '@lstm/layers'; layers.push(gru({ units: 1 }));", files: cellFiles('gru') },
  simpleRnn: {
    use: "import { simpleRnn } from '@lstm/layers'; layers.push(simpleRnn({ units: 1 }));",
    files: cellFiles('simple-rnn'),
  },
  embedding: {
    use: "import { embedding } from '@lstm/layers'; layers.push(embedding({ inputDim: 1, outputDim: 1 }));",
    files: /layers\/dist\/embedding\.js$/,
  },
  layerNormalization: {
    use: "import { layerNormalization } from '@lstm/layers'; layers.push(layerNormalization());",
    files: /\/layer-norm(alization)?\.js$/,
  },
  'functional networks': {
    use: "import { model } from '@lstm/layers'; layers.push(model({ inputs: [], outputs: [] }));",
    files: /\/functional\.js$/,
  },
  adam: { use: "import { adam } from '@lstm/optim'; optimizers.push(adam());", files: /\/adam\.js$/ },
  rmsprop: { use: "import { rmsprop } from '@lstm/optim'; optimizers.push(rmsprop());", files: /\/rmsprop\.js$/ },
  'the reference backend': {
    use: "import { reference } from '@lstm/core/reference'; optimizers.push(reference());",
    files: /core\/dist\/reference\//,
  },
};

const least = `
import { meanSquaredError } from '@lstm/core';
import { dense, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { createTrainer } from '@lstm/train';
const layers = [dense({ units: 1 })];
const optimizers = [sgd()];
globalThis.trainer = createTrainer(sequential(layers), { optimizer: optimizers[0], loss: meanSquaredError });
`;

/** Everything that a program might import and not use. */
const unused = `
import * as core from '@lstm/core';
import * as reference from '@lstm/core/reference';
import * as cpu from '@lstm/backend-cpu';
import * as everyLayer from '@lstm/layers';
import * as everyOptimizer from '@lstm/optim';
import * as everythingOfTrain from '@lstm/train';
import * as io from '@lstm/io';
import * as data from '@lstm/data';
`;

/** Files that hold the tables of all names, or all there is of a kind. */
const tables = /\/(compile|load-trainer|config|create-session|recurrent-stack)\.js$/;

/**
 * Returns what is wrong with bundles of the packages installed in a folder.
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export async function treeShakingProblems(folder) {
  const problems = [];
  const base = await bundle(folder, least);
  const withUnused = await bundle(folder, unused + least);
  // Another order of imports may give modules and short names another order, at the same length.
  const added = withUnused.text.length - base.text.length;
  if (added !== 0) problems.push(`unused imports add ${added} bytes`);
  for (const file of base.files.filter((name) => tables.test(name))) problems.push(`createTrainer brings ${file}`);
  for (const [name, { use, files }] of Object.entries(features)) {
    for (const file of base.files.filter((each) => files.test(each))) problems.push(`createTrainer brings ${file}`);
    const used = await bundle(folder, least + use);
    if (!used.files.some((each) => files.test(each))) problems.push(`no file of ${name} is known: mend this check`);
    for (const [other, { files: foreign }] of Object.entries(features)) {
      if (other === name) continue;
      for (const file of used.files.filter((each) => foreign.test(each))) problems.push(`${name} brings ${file}`);
    }
  }
  return problems;
}

/** The bundle of a program: its text, and the files of which at least a byte is in it. */
async function bundle(/** @type {string} */ folder, /** @type {string} */ contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    write: false,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return {
    text: outputFiles[0]?.text ?? '',
    files: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file),
  };
}
