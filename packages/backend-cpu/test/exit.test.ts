import { describe, expect, it } from 'vitest';
import { cpuInfo } from '../src/index.ts';
import { runProcess } from './native.ts';

const load = `const native = require(${JSON.stringify(cpuInfo().detail)});`;

const two = 'const engines = [new native.Engine(1, ""), new native.Engine(2, "")];';
const read = `${two}
for (const engine of engines) engine.read(engine.upload(new Float32Array(1000))).then(() => undefined);`;

describe('a process ends well', () => {
  it.each([
    ['with several engines', two],
    ['while they still read', `${read} process.exit(0);`],
    ['after they were read', read],
    ['after one was disposed', `${two} engines[0].dispose();`],
    [
      'when a worker that used them is stopped',
      `const { Worker } = require('node:worker_threads');
       const worker = new Worker(${JSON.stringify(`${load} ${two} setInterval(() => {}, 1e6); require('node:worker_threads').parentPort.postMessage(engines.length);`)}, { eval: true });
       worker.once('message', () => worker.terminate());`,
    ],
  ])('%s', (_, code) => {
    expect(runProcess(load + code).ended).toBe(0);
  });
});
