import { memory } from '@lstm/core';
import { expect, it } from 'vitest';
import { driftOfTraining } from './drift.ts';
import { delayOfFit } from './event-loop.ts';
import { overheadOfStep } from './overhead.ts';
import { subjectOf, trainingWorkload, useNative } from './subject.ts';

const workload = trainingWorkload('train.forecast');

it('training leaves nothing behind: no tensor, no native byte, no growing process', async () => {
  await useNative();
  const subject = subjectOf(workload);
  await driftOfTraining(subject, 50);
  const [before, external] = [memory(), process.memoryUsage().external];
  const { first, share } = await driftOfTraining(subject, 300);
  expect(memory().tensors).toBe(before.tensors);
  expect(memory().bytes).toBe(before.bytes);
  // Native tensors count as external memory of V8; what Node itself holds comes and goes.
  expect(process.memoryUsage().external - external).toBeLessThan(2 ** 20);
  expect(first).toBeGreaterThan(20);
  // A step makes and frees more than a MiB: 360 leaked ones would be several times the process.
  expect(share).toBeLessThan(0.5);
});

it('watches the event loop and the calling thread', async () => {
  await useNative();
  const subject = subjectOf(workload);
  const delay = await delayOfFit(subject, 1, 200);
  expect(delay.steps).toBeGreaterThan(0);
  expect(delay.runs).toHaveLength(1);
  expect(delay.runs[0]?.idle.max).toBeGreaterThan(0.5);
  const { working, first, step } = await overheadOfStep(subject, 5);
  expect(working).toBeGreaterThan(0);
  expect(first).toBeGreaterThan(0);
  expect(step).toBeGreaterThanOrEqual(first);
});
