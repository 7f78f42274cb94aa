// The program that `pnpm pack:check` runs against the installed packages, in Node and from a bundle: an LSTM learns a wave, is saved
// and loaded, predicts, and streams step by step.
import { memory, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { createSequences } from '@lstm/data';
import { loadModel, saveModel } from '@lstm/io';
import { dense, lstm, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { leakCheckedBackend } from '@lstm/testing';
import { compile } from '@lstm/train';

const backend = leakCheckedBackend(reference());
await useBackend(backend);

const wave = Array.from({ length: 80 }, (_, t) => [Math.sin(t / 3)]);
const { x, y } = createSequences(wave, 8);
const network = sequential([lstm({ units: 8, inputShape: [8, 1] }), dense({ units: 1 })]);
const trainer = compile(network, { optimizer: adam({ learningRate: 0.02 }), loss: 'mse', metrics: ['mae'] });
const { history } = await trainer.fit(x, y, { epochs: 30, batchSize: 16, validationSplit: 0.2 });
const error = history.valMae.at(-1);
if (!(error < 0.1)) throw new Error(`the mean error on the validation data is ${error}`);

const loaded = loadModel(await saveModel(network));
const again = compile(loaded.network, { optimizer: 'sgd', loss: 'mse' });
const [expected, found] = [await trainer.predict(x), await again.predict(x)];
if (String(found.data) !== String(expected.data)) throw new Error('the loaded model predicts other numbers');

const stream = again.stream();
const output = new Float32Array(1);
for (let t = 0; t < 8; t++) await stream.stepAsync(Float32Array.of(x.data[t]), output);
if (!(Math.abs(output[0] - expected.data[0]) < 1e-5))
  throw new Error(`the stream says ${output[0]}, not ${expected.data[0]}`);

stream.dispose();
trainer.optimizer.dispose();
network.dispose();
loaded.network.dispose();
const left = [...backend.problems(), ...(memory().tensors === 0 ? [] : [`${memory().tensors} tensors are left`])];
if (left.length > 0) throw new Error(left.join('\n'));
