import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Arrays, decodeArrays } from '../arrays.ts';
import type { Answer, Evidence, InspectAnswer, Request, WorkerOptions } from '../protocol.ts';
import type { Workload } from '../workloads.ts';

/** A workload made ready in an engine. */
export interface Job {
  readonly version: string;
  readonly settings: string;
  /** Runs the first steps; called once, before `run`. */
  compare(): Promise<Evidence>;
  /** Does the work a number of times. */
  run(repeat: number): Promise<void> | void;
  inspect?(): InspectAnswer;
}

/** Makes a workload ready. */
export type Prepare = (workload: Workload, arrays: Arrays, options: WorkerOptions) => Promise<Job>;

async function answerOf(prepare: Prepare, request: Request, job: Job | undefined): Promise<[Answer, Job | undefined]> {
  if (request.do === 'prepare') {
    const { workload, file, options } = request;
    const ready = await prepare(workload, decodeArrays(readFileSync(file)), options);
    const { version, settings } = ready;
    return [{ version, settings, ...(await ready.compare()) }, ready];
  }
  if (job === undefined) throw new Error('prepare comes first');
  if (request.do === 'inspect') {
    if (job.inspect === undefined) throw new Error('this engine cannot be inspected');
    return [job.inspect(), job];
  }
  const { warmups, samples, repeat } = request;
  for (let i = 0; i < warmups; i++) await job.run(repeat);
  const milliseconds: number[] = [];
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    await job.run(repeat);
    milliseconds.push((performance.now() - start) / repeat);
  }
  return [{ milliseconds }, job];
}

/** Answers requests, one line of JSON each, until the input ends. */
export async function serve(prepare: Prepare): Promise<void> {
  // Libraries print; only answers may reach the coordinator.
  console.log = console.error;
  let job: Job | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    let answer: Answer;
    try {
      [answer, job] = await answerOf(prepare, JSON.parse(line) as Request, job);
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
