import { goals, javascriptGoalMs, streamGoal, tensorflowGoal, twoThreadsGoal } from './goals.ts';
import type { InspectAnswer } from './protocol.ts';
import { fastest, type Row } from './rows.ts';

/** A figure beside its goal. */
export interface Verdict {
  readonly workload: string;
  readonly what: string;
  /** Null: it was not measured. */
  readonly value: number | null;
  readonly goal: number;
  readonly unit: string;
  readonly outcome: 'met' | 'missed' | 'FAILED' | 'not run';
  readonly note: string;
}

interface Claim {
  readonly workload: string;
  readonly what: string;
  readonly value: number | undefined;
  readonly goal: number;
  readonly unit: string;
  readonly note?: string;
  /** True when a smaller value is better. */
  readonly atMost?: boolean;
  /** Worse than this is a failure. */
  readonly floor?: number;
}

function judge({ workload, what, value, goal, unit, note = '', atMost = false, floor }: Claim): Verdict {
  if (value === undefined) return { workload, what, value: null, goal, unit, outcome: 'not run', note };
  const met = atMost ? value <= goal : value >= goal;
  const failed = floor !== undefined && value < floor;
  return { workload, what, value, goal, unit, outcome: met ? 'met' : failed ? 'FAILED' : 'missed', note };
}

function describe(row: Row): string {
  return `${row.engine}, ${row.threads} thr.`;
}

/** How many times faster `row` is than `other`. */
function ratio(row: Row | undefined, other: Row | undefined): number | undefined {
  return row && other && other.medianMs / row.medianMs;
}

function workloadVerdicts(workload: string, rows: readonly Row[]): Verdict[] {
  const goal = goals.find((each) => each.workload === workload);
  if (goal === undefined) return [];
  const peer = fastest(rows, ({ role }) => role === 'peer');
  const kernel = fastest(rows, ({ role }) => role === 'kernel');
  const endToEnd = fastest(rows, ({ role }) => role === 'endToEnd');
  const note = peer ? `against ${describe(peer)}` : 'no peer';
  const alone = rows.find(({ role, threads }) => role === 'kernel' && threads === 1);
  const verdicts = [
    ...(goal.kernel === undefined
      ? []
      : [judge({ workload, what: 'kernel', value: ratio(kernel, peer), goal: goal.kernel, unit: '×', note })]),
    judge({
      workload,
      what: 'end to end',
      value: ratio(endToEnd, peer),
      goal: goal.endToEnd,
      unit: '×',
      note: `${note}; fails below ${goal.floor}`,
      floor: goal.floor,
    }),
  ];
  if (goal.shareOfPeak !== undefined) {
    const value = alone?.fractionOfPeak ?? undefined;
    verdicts.push(
      judge({
        workload,
        what: 'kernel, 1 thread, of peak',
        value: value && 100 * value,
        goal: 100 * goal.shareOfPeak,
        unit: '%',
      }),
    );
  }
  if (goal.bfloat16 !== undefined) {
    const narrow = [
      ['kernel, bfloat16 weights', 'narrowKernel', goal.bfloat16.kernel],
      ['end to end, bfloat16 weights', 'narrowEndToEnd', goal.bfloat16.endToEnd],
    ] as const;
    for (const [what, wantedRole, wanted] of narrow) {
      const value = ratio(
        fastest(rows, ({ role }) => role === wantedRole),
        peer,
      );
      verdicts.push(judge({ workload, what, value, goal: wanted, unit: '×', note }));
    }
  }
  return verdicts;
}

function scalingVerdict(workload: string, rows: readonly Row[]): Verdict[] {
  if (!twoThreadsGoal.workloads.test(workload)) return [];
  const own = (threads: number): Row | undefined =>
    rows.find((row) => row.role === 'endToEnd' && row.threads === threads);
  const value = ratio(own(2), own(1));
  const note = 'end to end; needs two free processors';
  return [judge({ workload, what: '2 threads over 1', value, goal: twoThreadsGoal.ratio, unit: '×', note })];
}

function javascriptVerdict(workload: string, rows: readonly Row[]): Verdict[] {
  if (!workload.startsWith('train.')) return [];
  const at = (role: Row['role']): Row | undefined => rows.find((row) => row.role === role && row.threads === 1);
  const [whole, kernels] = [at('endToEnd'), at('kernel')];
  if (kernels === undefined && goals.find((each) => each.workload === workload)?.kernel === undefined) return [];
  const value = whole && kernels && whole.medianMs - kernels.medianMs;
  const what = 'end to end less kernel, 1 thread';
  return [judge({ workload, what, value, goal: javascriptGoalMs, unit: 'ms', atMost: true })];
}

function tensorflowVerdict(workload: string, rows: readonly Row[]): Verdict[] {
  if (workload !== tensorflowGoal.workload) return [];
  const peer = fastest(rows, ({ engine }) => engine.startsWith('tfjs'));
  const value = ratio(
    fastest(rows, ({ role }) => role === 'endToEnd'),
    peer,
  );
  const note = peer ? `against ${describe(peer)}` : '';
  return [judge({ workload, what: 'end to end against tfjs', value, goal: tensorflowGoal.ratio, unit: '×', note })];
}

function streamVerdicts(workload: string, rows: readonly Row[], inspection: InspectAnswer | undefined): Verdict[] {
  if (workload !== 'infer.stream') return [];
  const step = fastest(rows, ({ role }) => role === 'endToEnd');
  const microseconds = step && 1000 * step.medianMs;
  const share = inspection && inspection.p99Ms / inspection.medianMs;
  const common = { workload, atMost: true } as const;
  return [
    judge({ ...common, what: 'a step', value: microseconds, goal: 1000 * streamGoal.medianMs, unit: 'µs' }),
    judge({ ...common, what: 'p99 over median of steps', value: share, goal: streamGoal.p99OverMedian, unit: '×' }),
    judge({
      ...common,
      what: 'heap a step',
      value: inspection?.bytesPerStep,
      goal: streamGoal.bytesPerStep,
      unit: 'bytes',
    }),
  ];
}

/** Returns all figures of a workload that have a goal. */
export function verdictsOf(workload: string, rows: readonly Row[], inspection: InspectAnswer | undefined): Verdict[] {
  return [
    ...workloadVerdicts(workload, rows),
    ...scalingVerdict(workload, rows),
    ...javascriptVerdict(workload, rows),
    ...tensorflowVerdict(workload, rows),
    ...streamVerdicts(workload, rows, inspection),
  ];
}
