// main.ts
import { Worker } from 'node:worker_threads';
import { dense, lstm, sequential } from '@lstm/layers';
import { compile, fitInWorker } from '@lstm/train';

const network = sequential([lstm({ units: 8 }), dense({ units: 1 })]);
const model = compile(network, { optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
const x = [
  [[1], [2], [3]],
  [[2], [3], [4]],
];
const y = [[4], [5]];

const worker = new Worker(new URL('./worker.js', import.meta.url));
const { history, reason } = await fitInWorker(model, worker, x, y, {
  epochs: 50,
  onEpochEnd: (epoch, { loss }) => {
    if (epoch % 25 === 24) console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(1)}`);
  },
});
await worker.terminate();
console.log(history.mae?.length, reason, (await model.predict(x)).shape);
