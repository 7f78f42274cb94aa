import { cpu, cpuInfo } from '@lstm/backend-cpu';
import { type HostArray, useBackend } from '@lstm/core';
import type { Trainer } from '@lstm/train';
import { drawArrays } from '../arrays.ts';
import { trainerOf } from '../workers/trainer.ts';
import { adamNumbers, type Workload, workloads } from '../workloads.ts';

/** A training workload made ready on the native backend. */
export interface Subject {
  readonly trainer: Trainer;
  readonly x: HostArray;
  readonly y: HostArray;
}

/**
 * Makes the native backend the default one; returns what it runs on.
 *
 * @throws when there is no native addon
 */
export async function useNative(): Promise<string> {
  const { native, detail, instructionSet, threads } = cpuInfo();
  if (!native) throw new Error(detail);
  await useBackend(cpu());
  return `${instructionSet}, ${threads} threads`;
}

/** The training workloads by name. */
export function trainingWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name && workload.loss !== undefined);
  if (found === undefined) throw new Error(`there is no training workload ${name}`);
  return found;
}

/** A training workload with its weights and data, on the default backend. */
export function subjectOf(workload: Workload): Subject {
  const arrays = drawArrays(workload);
  const { x, y } = arrays;
  if (x === undefined || y === undefined) throw new Error(`${workload.name} has no data`);
  return { trainer: trainerOf(workload, arrays, adamNumbers), x, y };
}
