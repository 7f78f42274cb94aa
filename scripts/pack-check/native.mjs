// The program that `pnpm pack:check` runs against the installed packages, where there is no compiler: the native backend comes
// from the binary in the package; without it (`native.mjs gone`) there is one warning, and the reference backend computes the same.
import { strictEqual as equal, match } from 'node:assert/strict';
import { cpu, cpuInfo } from '@lstm/backend-cpu';
import { meanSquaredError, useBackend } from '@lstm/core';
import { lstm, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { createTrainer } from '@lstm/train';

const gone = process.argv[2] === 'gone';
const warnings = [];
process.on('warning', (warning) => warnings.push(warning.message));

const { native, detail, reasons } = cpuInfo();
equal(native, !gone, detail);
match(reasons[0], gone ? /^To get it: .*npx lstm-build-native\.$/ : /prebuilds.*, packed for /);

await useBackend(cpu());
const network = sequential([lstm({ units: 3, inputShape: [4, 1] })], { seed: 1 });
const trainer = createTrainer(network, { optimizer: sgd(), loss: meanSquaredError });
const { loss } = await trainer.trainOnBatch([[[1], [2], [3], [4]]], [[0, 1, 0]]);
cpu();
await new Promise((resolve) => setImmediate(resolve));
equal(warnings.length, gone ? 1 : 0, warnings.join('\n'));
if (gone)
  match(warnings[0], /^\[cpu\] the native addon is not available: there is no binary for .*npx lstm-build-native\.$/);
console.log(`loss ${loss.toFixed(5)}`);
