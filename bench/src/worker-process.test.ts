import { expect, test } from 'vitest';
import type { MeasureAnswer, Request } from './protocol.ts';
import { WorkerProcess } from './worker-process.ts';

const request: Request = { do: 'measure', warmups: 0, samples: 1, repeat: 1 };

function workerThat(script: string): WorkerProcess {
  return new WorkerProcess({ program: process.execPath, arguments: ['-e', script], environment: process.env });
}

test('answers arrive, also after a pause, and chatter is not an answer', async () => {
  const worker = workerThat(`
    let count = 0;
    require('node:readline').createInterface({ input: process.stdin }).on('line', () => {
      console.log('a library says hello');
      console.log(JSON.stringify({ milliseconds: [++count] }));
    });`);
  expect((await worker.ask<MeasureAnswer>(request)).milliseconds).toEqual([1]);
  expect((await worker.ask<MeasureAnswer>(request)).milliseconds).toEqual([2]);
  worker.stop();
});

test("a worker's error and its end are reported with the reason", async () => {
  const complaining = workerThat(`
    process.stdin.once('data', () => console.log(JSON.stringify({ error: 'no such layer' })));`);
  await expect(complaining.ask(request)).rejects.toThrow('no such layer');
  complaining.stop();
  await expect(workerThat(`throw new Error('no library')`).ask(request)).rejects.toThrow('no library');
  const missing = { program: 'no-such-program', arguments: [], environment: {} };
  await expect(new WorkerProcess(missing).ask(request)).rejects.toThrow('no-such-program');
});

test('patience ends', async () => {
  const silent = workerThat('process.stdin.resume()');
  await expect(silent.ask(request, 200)).rejects.toThrow('no answer within 0.2 s');
});
