import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cpuInfo } from '../src/index.ts';

const { detail } = cpuInfo();

/** Exit status of a process that runs `code`, where `native` is the addon. */
function statusOf(code: string): number | string | null {
  const script = `const native = require(${JSON.stringify(detail)});\n${code}`;
  const { status, signal } = spawnSync(process.execPath, ['-e', script]);
  return signal ?? status;
}

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
       const worker = new Worker(${JSON.stringify(`const native = require(${JSON.stringify(detail)}); ${two} setInterval(() => {}, 1e6); require('node:worker_threads').parentPort.postMessage(engines.length);`)}, { eval: true });
       worker.once('message', () => worker.terminate());`,
    ],
  ])('%s', (_, code) => {
    expect(statusOf(code)).toBe(0);
  });
});
