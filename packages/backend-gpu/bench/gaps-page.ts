// Runs in the browser: takes turn after turn and keeps how far apart they are.

/** How a page got its turns. */
export interface Gaps {
  readonly gaps: number;
  /** Longer than a frame of 16 ms. */
  readonly over: number;
  /** What one of a thousand exceeds, in milliseconds. */
  readonly high: number;
  readonly longest: number;
}

declare global {
  /** Called by the page's opener; `load` is what workers do meanwhile. */
  var measureGaps: (load: string, seconds: number) => Promise<Gaps>;
}

/** Resolves when a worker is at work. */
function start(load: string): Promise<Worker> {
  const worker = new Worker('/worker.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve(worker);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(load);
  });
}

/** Resolves to the gaps between turns of the event loop, in milliseconds. */
function turns(seconds: number): Promise<number[]> {
  const { port1, port2 } = new MessageChannel();
  const gaps: number[] = [];
  const end = performance.now() + 1000 * seconds;
  let last = performance.now();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      if (now < end) port2.postMessage(0);
      else resolve(gaps);
    };
    port2.postMessage(0);
  });
}

globalThis.measureGaps = async (load, seconds) => {
  // Training takes the worker's thread and those of a GPU drawn by the processor: as many as there are.
  const count = { idle: 0, busy: navigator.hardwareConcurrency }[load] ?? 1;
  const workers = await Promise.all(Array.from({ length: count }, () => start(load)));
  const gaps = (await turns(seconds)).sort((a, b) => a - b);
  for (const worker of workers) worker.terminate();
  return {
    gaps: gaps.length,
    over: gaps.filter((gap) => gap > 16).length,
    high: gaps[Math.floor(0.999 * gaps.length)] ?? 0,
    longest: gaps.at(-1) ?? 0,
  };
};
