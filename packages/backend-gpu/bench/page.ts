// Runs in the browser: both engines in one page, in turns.
import { useBackend } from '@lstm/core';
import * as tf from '@tensorflow/tfjs-core';
import { gpu } from '../src/index.ts';
import '@tensorflow/tfjs-backend-webgl';
import { type Work, workloads } from './workloads.ts';

/** What one engine took for one workload. */
export interface Row {
  readonly workload: string;
  readonly engine: string;
  readonly version: string;
  readonly mode: string;
  readonly medianMs: number;
  readonly p10: number;
  readonly p90: number;
  readonly runs: number;
  /** Draw calls of one run. */
  readonly launches: number;
  /** Bytes of the textures that they write. */
  readonly bytes: number;
}

/** A workload's rows, and the median of ours / theirs in the same round. */
export interface Result {
  readonly rows: readonly Row[];
  readonly ratio: number;
  /** Largest distance of the first results, relative to the largest value. */
  readonly difference: number;
}

declare global {
  /** Called by the page's opener. */
  var runWorkload: (name: string, rounds: number) => Promise<Result>;
}

/** Draw calls and bytes written, of every context of the page. */
const drawn = { launches: 0, bytes: 0 };
// Asking the driver takes time: only while nothing is timed.
let counting = false;
const prototype = WebGL2RenderingContext.prototype;
for (const name of ['drawArrays', 'drawElements'] as const) {
  const draw = prototype[name] as (...values: unknown[]) => void;
  prototype[name] = function (this: WebGL2RenderingContext, ...values: unknown[]) {
    if (!counting) {
      draw.apply(this, values);
      return;
    }
    drawn.launches++;
    const [, , width, height] = this.getParameter(this.VIEWPORT) as Int32Array;
    let results = 0;
    for (let i = 0; i < 8; i++) if (this.getParameter(this.DRAW_BUFFER0 + i) !== this.NONE) results++;
    drawn.bytes += 16 * (width ?? 0) * (height ?? 0) * Math.max(1, results);
    draw.apply(this, values);
  } as never;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))] as number;
}

function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs((found[i] as number) - (expected[i] as number)));
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return worst / largest;
}

const backend = gpu().then((made) => useBackend(made));

globalThis.runWorkload = async (name, rounds) => {
  await tf.setBackend('webgl');
  await tf.ready();
  const workload = workloads.find((each) => each.name === name);
  if (workload === undefined) throw new Error(`there is no workload ${name}`);
  const { ours, theirs } = await workload.prepare(await backend);
  const engines: readonly (readonly [string, string, Work])[] = [
    ['@lstm/backend-gpu', 'webgl2', ours],
    ['tfjs', 'webgl', theirs],
  ];
  const first = [await ours(), await theirs()] as const;
  const distance = difference(...first);
  if (!(distance <= workload.tolerance)) throw new Error(`${name}: the engines do different work, ${distance} apart`);
  const counts: { launches: number; bytes: number }[] = [];
  for (const [, , work] of engines) {
    await work();
    Object.assign(drawn, { launches: 0, bytes: 0 });
    counting = true;
    await work();
    counting = false;
    counts.push({ ...drawn });
  }
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < 2; turn++) {
      const i = (turn + round) % 2;
      const start = performance.now();
      await (engines[i] as (typeof engines)[number])[2]();
      (times[i] as number[]).push(performance.now() - start);
    }
  }
  const rows = engines.map(([engine, mode], i) => {
    const own = times[i] as number[];
    const version = engine === 'tfjs' ? tf.version_core : 'workspace';
    const timing = { medianMs: quantile(own, 0.5), p10: quantile(own, 0.1), p90: quantile(own, 0.9), runs: rounds };
    return { workload: name, engine, version, mode, ...timing, ...(counts[i] as { launches: number; bytes: number }) };
  });
  const ratios = times[0].map((time, i) => time / (times[1][i] as number));
  return { rows, ratio: quantile(ratios, 0.5), difference: distance };
};
