// What an engine leaves behind: threads and memory, told by the system. Each in a process of its own.
import { describe, expect, it } from 'vitest';
import { cpuInfo } from '../src/index.ts';
import { runProcess } from './native.ts';

const load = `const native = require(${JSON.stringify(cpuInfo().detail)});`;
/** How many MB a process that runs `first` grows by while workers that run `code` come and are stopped one after the other. */
function growth(first: string, code: string): number {
  const worker = `${load}
    const engine = new native.Engine(2, '');
    const x = engine.upload(new Float32Array(16e6).fill(1)); // 64 MB
    ${code}
    setInterval(() => {}, 1e6);
    require('node:worker_threads').parentPort.postMessage('ready');`;
  const { ended, printed } = runProcess(
    `${first}
    const { Worker } = require('node:worker_threads');
    (async () => {
      const before = process.memoryUsage().rss;
      for (let i = 0; i < 8; i++) {
        const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
      }
      console.log((process.memoryUsage().rss - before) / 1e6);
    })();`,
  );
  expect(ended).toBe(0);
  return Number(printed);
}

describe.skipIf(process.platform !== 'linux')('an engine', () => {
  it('ends its threads when it is disposed', () => {
    const { printed } = runProcess(`${load}
      const threads = () => require('node:fs').readdirSync('/proc/self/task').length;
      const before = threads();
      for (let i = 0; i < 20; i++) new native.Engine(8, '').dispose();
      setTimeout(() => console.log(threads() - before), 100);`);
    expect(Number(printed)).toBeLessThan(8);
  });

  it('in a worker that is stopped leaves no memory behind', () => {
    expect(growth('', '')).toBeLessThan(250);
  });

  it('in a worker that is stopped while it reads leaves no memory behind', () => {
    const reading = `const y = engine.upload(new Float32Array(1e6));
      for (let i = 0; i < 50; i++) engine.linear(y, y, 0, 1000, 1000, 1000, 0);
      engine.read(x);`;
    expect(growth(load, reading)).toBeLessThan(250);
  });

  // Each thread takes 4 GB of addresses, and there are no more than 60.
  const fewThreads = ['sh', '-c', 'ulimit -s 4000000 && ulimit -v 60000000 && exec "$0" "$@"', process.execPath];

  it('computes the same with fewer threads than it asked for, where the system gives no more', () => {
    const { ended, printed } = runProcess(
      `${load}
      const engine = new native.Engine(64, '');
      const x = engine.upload(new Float32Array(1e6).fill(1));
      console.log(engine.readSync(engine.linear(x, x, 0, 1000, 1000, 1000, 0)).every((value) => value === 1000));
      process.exit();`,
      fewThreads,
    );
    expect([ended, printed]).toEqual([0, 'true']);
  });

  it('says so where the system gives none at all', () => {
    const { ended, printed } = runProcess(
      `${load}
      const engines = [];
      try {
        for (;;) engines.push(new native.Engine(1, ''));
      } catch (error) {
        console.log(error.message);
      }
      process.exit();`,
      fewThreads,
    );
    expect([ended, printed.split('.')[0]]).toEqual([0, 'the system gives this process no more threads']);
  });
});
