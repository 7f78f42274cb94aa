/** How many times faster than the best peer a workload shall be, and what share of the multiply-add peak it shall reach. */
export interface Goal {
  readonly workload: string;
  /** The fused kernels alone, where there are some. */
  readonly kernel?: number;
  /** Through the public API. */
  readonly endToEnd: number;
  /** Below this ratio end to end it has failed. */
  readonly floor: number;
  /** Share of the peak of one thread, of the kernels on one thread. */
  readonly shareOfPeak?: number;
  /** The ratios with weights stored as bfloat16. */
  readonly bfloat16?: { readonly kernel: number; readonly endToEnd: number };
}

/** The goals of this project, in the order of the workloads. */
export const goals: readonly Goal[] = [
  { workload: 'train.forecast', kernel: 7.5, endToEnd: 6, floor: 4.5, shareOfPeak: 0.6 },
  { workload: 'train.classify', kernel: 2.6, endToEnd: 2.4, floor: 2, shareOfPeak: 0.8 },
  { workload: 'train.charlm', kernel: 1.9, endToEnd: 1.8, floor: 1.5, shareOfPeak: 0.85 },
  { workload: 'train.large', kernel: 1.6, endToEnd: 1.55, floor: 1.35, shareOfPeak: 0.85 },
  { workload: 'train.cell', endToEnd: 2, floor: 2 },
  { workload: 'infer.stream', kernel: 8, endToEnd: 7, floor: 5 },
  { workload: 'infer.single', kernel: 1.8, endToEnd: 1.7, floor: 1.3, bfloat16: { kernel: 2.1, endToEnd: 2 } },
  {
    workload: 'infer.batch',
    kernel: 1.07,
    endToEnd: 1.05,
    floor: 1,
    shareOfPeak: 0.88,
    bfloat16: { kernel: 2, endToEnd: 1.9 },
  },
  {
    workload: 'infer.large',
    kernel: 1.2,
    endToEnd: 1.18,
    floor: 1.05,
    shareOfPeak: 0.88,
    bfloat16: { kernel: 2.3, endToEnd: 2.2 },
  },
];

/**
 * Two threads against our own one, on every training workload of fused kernels and the batch inferences; the tensors of a cell in
 * ordinary ops are too small to share.
 */
export const twoThreadsGoal: { readonly ratio: number; readonly workloads: RegExp } = {
  ratio: 1.5,
  workloads: /^train\.(?!cell)|^infer\.(batch|large)$/,
};

/** Against the better of TensorFlow.js on wasm and cpu. */
export const tensorflowGoal = { workload: 'train.forecast', ratio: 80 } as const;

/** What JavaScript may add to a training step, in milliseconds. */
export const javascriptGoalMs = 0.3;

/** One step of infer.stream through the public API. */
export const streamGoal = { medianMs: 0.003, p99OverMedian: 3, bytesPerStep: 0 } as const;
