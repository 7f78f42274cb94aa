// Training takes no more memory after its first steps, and dispose gives all of it back.
import { expect, it } from 'vitest';
import { createBackend } from '../src/backend.ts';
import { loadGpuJs } from '../src/gpu-js.ts';
import { gpu } from '../src/index.ts';
import { requestDevice } from '../src/webgpu/adapter.ts';
import { WebGpuDevice } from '../src/webgpu/device.ts';
import { watchContext, watchDevice } from './context.ts';
import { disposeProblem, type Problem, problemOn, queueStep, trainingStep } from './training-step.ts';

const sizes = [2, 2, 3, 4] as const;
// Reading each one would take most of the time.
const readEvery = 20;

/** Runs 2,000 steps after `settled` said what is in use; resolves to the last loss and norm. */
async function train(problem: Problem, settled: () => void): Promise<readonly number[]> {
  for (const step of [1, 2]) await trainingStep(problem, step);
  settled();
  let last: readonly number[] = [];
  for (let step = 3; step <= 2002; step++) {
    if (step % readEvery === 2) last = await trainingStep(problem, step);
    else for (const each of queueStep(problem, step)) each.dispose();
  }
  return last;
}

it('takes no more textures and buffers in 2,000 training steps and gives all back, WebGL2', async () => {
  const { made: backend, context } = await watchContext(() => gpu());
  const problem = problemOn(backend, sizes);
  let before: object = {};
  const last = await train(problem, () => {
    before = { ...context.live };
  });
  expect(context.live).toEqual(before);
  expect(last.every(Number.isFinite)).toBe(true);
  disposeProblem(problem);
  backend.dispose();
  expect(context.live).toMatchObject({ Texture: 0, Buffer: 0, Framebuffer: 0, Program: 0 });
});

it('takes no more buffers and programs in 2,000 training steps and gives all back, WebGPU', async () => {
  const { made: backend, context } = await watchDevice(() => gpu({ mode: 'webgpu' }));
  const problem = problemOn(backend, sizes);
  let [before, submitted] = [0, 0];
  const last = await train(problem, () => {
    before = context.live.buffers;
    submitted = context.live.submissions;
  });
  expect(context.live.buffers).toBe(before);
  expect(last.every(Number.isFinite)).toBe(true);
  // Many launches go off together.
  expect(context.live.submissions - submitted).toBeLessThan(2000);
  disposeProblem(problem);
  backend.dispose();
  // The specification destroys all buffers of a destroyed device.
  expect((await context.device.lost).reason).toBe('destroyed');
});

it('counts what it holds', async () => {
  const device = new WebGpuDevice(await loadGpuJs(), await requestDevice());
  const backend = createBackend(device as never);
  const problem = problemOn(backend, sizes);
  for (const step of [1, 2]) await trainingStep(problem, step);
  const { launches, ...before } = device.counts;
  for (let step = 3; step < 12; step++) await trainingStep(problem, step);
  const { launches: all, ...after } = device.counts;
  expect(after).toEqual(before);
  expect(all).toBeGreaterThan(launches);
  disposeProblem(problem);
  expect(device.counts.bytes).toBe(0);
  backend.dispose();
});
