// Runs in the browser: our modes and those of TensorFlow.js in one page, in turns.

import { useBackend } from '@lstm/core';
import * as tf from '@tensorflow/tfjs-core';
import { type GpuMode, gpu } from '../src/index.ts';
import { countOf } from './count-launches.ts';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { type Work, type Workload, workloads } from './workloads.ts';

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
  /** Draw calls or dispatches of one run. */
  readonly launches: number;
  /** Bytes of the textures or buffers that they write. */
  readonly bytes: number;
  /** Median over the rounds of the time by that of a mode of TensorFlow.js in the same round. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** A workload's rows, and what did not run. */
export interface Result {
  readonly rows: readonly Row[];
  readonly missing: readonly string[];
}

declare global {
  /** Called by the page's opener. */
  var runWorkload: (name: string, modes: readonly string[], rounds: number) => Promise<Result>;
}

interface Engine {
  readonly name: string;
  readonly mode: string;
  readonly run: Work;
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

// The release asks for a method that browsers no longer have.
if ('GPUAdapter' in globalThis && !('requestAdapterInfo' in GPUAdapter.prototype)) {
  Object.assign(GPUAdapter.prototype, {
    async requestAdapterInfo(this: GPUAdapter) {
      return this.info;
    },
  });
}

const backends = new Map<string, ReturnType<typeof gpu>>();

async function ours(mode: GpuMode, workload: Workload): Promise<Engine> {
  const made = backends.get(mode) ?? gpu({ mode });
  backends.set(mode, made);
  const backend = await useBackend(made);
  const work = workload.ours(backend);
  const run = async (): Promise<ArrayLike<number>> => {
    await useBackend(backend);
    return work();
  };
  return { name: '@lstm/backend-gpu', mode, run };
}

async function theirs(mode: string, workload: Workload): Promise<Engine> {
  if (!(await tf.setBackend(mode))) throw new Error(`TensorFlow.js has no ${mode} here`);
  await tf.ready();
  const work = workload.theirs();
  const run = async (): Promise<ArrayLike<number>> => {
    if (tf.getBackend() !== mode) await tf.setBackend(mode);
    return work();
  };
  return { name: 'tfjs', mode, run };
}

globalThis.runWorkload = async (name, modes, rounds) => {
  const workload = workloads.find((each) => each.name === name);
  if (workload === undefined) throw new Error(`there is no workload ${name}`);
  const engines: Engine[] = [];
  const missing: string[] = [];
  for (const mode of modes) {
    for (const make of [
      () => ours(mode as GpuMode, workload),
      () => theirs(mode === 'webgl2' ? 'webgl' : mode, workload),
    ]) {
      try {
        engines.push(await make());
      } catch (error) {
        missing.push(String(error));
      }
    }
  }
  const first = await engines[0]?.run();
  for (const { name: engine, mode, run } of engines.slice(1)) {
    const distance = difference(await run(), first ?? []);
    if (!(distance <= workload.tolerance))
      throw new Error(`${name}: ${engine} ${mode} does other work, ${distance} apart`);
  }
  const counts = new Map<Engine, Awaited<ReturnType<typeof countOf>>>();
  for (const engine of engines) {
    await engine.run();
    counts.set(engine, await countOf(engine.run));
  }
  const times = new Map(engines.map((engine): [Engine, number[]] => [engine, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < engines.length; turn++) {
      const engine = engines[(turn + round) % engines.length] as Engine;
      const start = performance.now();
      await engine.run();
      times.get(engine)?.push(performance.now() - start);
    }
  }
  const peers = engines.filter((engine) => engine.name === 'tfjs');
  const rows = engines.map((engine) => {
    const own = times.get(engine) ?? [];
    const ratios = peers.map(({ mode }, i) => {
      const other = times.get(peers[i] as Engine) ?? [];
      return [
        mode,
        quantile(
          own.map((time, round) => time / (other[round] as number)),
          0.5,
        ),
      ] as const;
    });
    return {
      workload: name,
      engine: engine.name,
      version: engine.name === 'tfjs' ? tf.version_core : 'workspace',
      mode: engine.mode,
      medianMs: quantile(own, 0.5),
      p10: quantile(own, 0.1),
      p90: quantile(own, 0.9),
      runs: rounds,
      ...(counts.get(engine) ?? { launches: 0, bytes: 0 }),
      ratios: Object.fromEntries(ratios),
    };
  });
  return { rows, missing };
};
