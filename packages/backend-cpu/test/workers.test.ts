import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { cpuInfo } from '../src/index.ts';

const { detail } = cpuInfo();

/** A program that trains an LSTM for some steps on an engine of its own; posts its output and gradients. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { binary, threads, rounds } = workerData;
const { Engine, commands } = require(binary);
const engine = new Engine(threads, '');
const memory = new Float64Array(5);
engine.setCommands(memory);
const release = (handle) => {
  memory.set([5, commands.indexOf('release'), 1, 0, handle]);
  engine.run();
};
const [batch, steps, inputs, units] = [13, 9, 7, 24];
const values = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * i + n) / 4);
const tensor = (n) => engine.upload(values(n));
const [x, kernel, recurrent, bias] = [batch * steps * inputs, inputs * 4 * units, units * 4 * units, 4 * units].map(tensor);
const dy = tensor(batch * steps * units);
(async () => {
  let found = [];
  for (let round = 0; round < rounds; round++) {
    const results = engine.recurrentStack([batch, steps, inputs, 0], [0, 0, 1, 2, 0, 0, units],
      [x, 0, 0, 0, kernel, recurrent, bias, 0, 0, 0, 0], 1);
    const saved = results.at(-1);
    const gradients = engine.recurrentStackBackward(saved, [dy, 0, 0], [1, 1, 1, 1, 0, 0]);
    found = await Promise.all([results[0], ...gradients.slice(0, 4)].map((handle) => engine.read(handle)));
    for (const handle of [...results, ...gradients]) if (handle !== 0) release(handle);
    if (round === 0) parentPort.postMessage('started');
  }
  engine.dispose();
  parentPort.postMessage(found.map((array) => Buffer.from(array.buffer).toString('base64')));
})();
`;

function start(threads: number, rounds: number): Worker {
  return new Worker(program, { eval: true, workerData: { binary: detail, threads, rounds } });
}

/** Resolves to output and gradients as text of their bytes. */
function results(worker: Worker): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) => {
      if (message !== 'started') resolve(message as readonly string[]);
    });
    worker.on('error', reject);
  });
}

describe('worker threads', () => {
  it('compute at once, each on a backend of its own, and get the same bits', async () => {
    const [alone] = [await results(start(2, 1))];
    expect(alone).toHaveLength(5);
    const together = await Promise.all([2, 2, 2, 2].map((threads) => results(start(threads, 20))));
    for (const one of together) expect(one).toEqual(alone);
  });

  it('get the same outputs with any number of threads, and gradients of x as well', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map((threads) => results(start(threads, 1))));
    for (const other of [two, three]) expect(other?.slice(0, 2)).toEqual(one?.slice(0, 2));
  });

  it('may be stopped in the middle of their work', async () => {
    const workers = [start(2, 100_000), start(1, 100_000)];
    const begun = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
    const others = results(start(2, 50));
    await Promise.all(begun);
    for (const worker of workers) expect(await worker.terminate()).toBe(1);
    expect(await others).toHaveLength(5);
  });
});
