// Random calls of the native engine, about half of them right and half with wrong handles, sizes, types and freed tensors,
// from several threads at once. A right call is answered, a wrong one is answered or refused, and nothing ever crashes.
//   node test/fuzz/main.mjs [calls] [threads] [seed]
// Each thread prints what it counted. LSTM_CPU_BINARY names another addon than that of build/Release.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Arguments } from './arguments.mjs';
import { calls } from './calls.mjs';
import { readOptions } from './options.mjs';

const binary =
  process.env.LSTM_CPU_BINARY ?? fileURLToPath(new URL('../../build/Release/backend_cpu.node', import.meta.url));
const addon = createRequire(import.meta.url)(binary);

/** Reads and waits that are under way. */
class Promises {
  #pending = [];
  rejected = 0;

  add(promise) {
    this.#pending.push(
      promise.catch(() => {
        this.rejected++;
      }),
    );
  }

  async settle(limit) {
    if (this.#pending.length > limit) await Promise.all(this.#pending.splice(0));
  }
}

async function fuzz(count, seed) {
  const a = new Arguments(addon, seed);
  const promises = new Promises();
  const asynchronous = [
    () => {
      const tensor = a.any();
      if (tensor !== undefined) promises.add(a.engine.read(a.maybeWrong(tensor.handle)));
    },
    () => promises.add(a.engine.idle()),
  ];
  const all = [...calls, ...asynchronous];
  const counts = { right: 0, wrongAnswered: 0, wrongRefused: 0 };
  for (let i = 0; i < count; i++) {
    a.spoil = a.random() < 0.72;
    a.spoilt = false;
    const call = a.pick(all);
    try {
      call(a);
      counts[a.spoilt ? 'wrongAnswered' : 'right']++;
    } catch (error) {
      // Random labels and tokens: a right call may report that the work before it met one that is out of range.
      if (!a.spoilt && !String(error).includes('out of range'))
        throw new Error(`call ${i} of seed ${seed} was right, yet refused: ${call}`, { cause: error });
      counts.wrongRefused++;
    }
    if (a.disposed) a.restart();
    await promises.settle(50);
  }
  await promises.settle(0);
  console.log(JSON.stringify({ seed, ...counts, rejectedReads: promises.rejected }));
}

if (isMainThread) {
  const { calls: wanted, threads, seed } = readOptions(process.argv.slice(2));
  const share = Math.ceil(wanted / threads);
  const ended = Array.from(
    { length: threads - 1 },
    (_, i) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: { count: share, seed: seed + i + 1 } });
        worker.on('error', reject);
        worker.on('exit', resolve);
      }),
  );
  await Promise.all([fuzz(share, seed), ...ended]);
  console.log(`${share * threads} calls on ${threads} threads: no right call was refused, and no crash`);
} else {
  await fuzz(workerData.count, workerData.seed);
}
