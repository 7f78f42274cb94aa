// A new op, required kernel or fused kernel needs a conformance case; this test fails until it has one.
import type { Backend, BinaryKind, FusedKernels, FusedUpdates, Kernels, ReduceKind, UnaryKind, View } from '@lstm/core';
import * as core from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { differentiable } from '../src/evaluate.ts';
import { appliesTo, type ConformanceCase, conformanceCases, runCase } from '../src/index.ts';

/** Exported functions that are no ops on tensors, by what they are for. */
const notOps: Readonly<Record<string, readonly string[]>> = {
  backends: ['defineBackend', 'useBackend', 'getBackend', 'hasDefaultBackend'],
  creation: ['tensor', 'zeros', 'ones', 'arange', 'hostArray', 'isHostArray', 'allocate'],
  types: ['dtypeOf', 'bytesPerElement'],
  shapes: ['broadcastShapes', 'formatShape', 'normalizeAxes', 'normalizeAxis', 'sameShape', 'sizeOf', 'stridesOf'],
  options: [
    'checkBoolean',
    'checkFunction',
    'checkChoice',
    'checkInteger',
    'checkOptions',
    'checkRange',
    'describeValue',
    'nearestName',
  ],
  lifetimes: ['tidy', 'createScope', 'isOwned', 'memory', 'debugMemory'],
  'building blocks of ops': ['indicesOf', 'op', 'multiOp', 'fusedOp', 'customGradient'],
  'weights in bfloat16': ['withWeightPrecision'],
  gradients: ['grad', 'valueAndGrad', 'noGrad', 'isRecording', 'requireGrad', 'stopGradient'],
  streaming: ['createSession', 'openSession'],
  'random numbers, drawn on the host': [
    ...['randomBits', 'bernoulli', 'bernoulliThreshold', 'uniform', 'normal', 'truncatedNormal', 'permutation'],
    ...['orthogonal', 'philoxKey'],
  ],
  initializers: [
    ...['constantInitializer', 'onesInitializer', 'zerosInitializer', 'orthogonalInitializer', 'chronoForgetBias'],
    ...['glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'lecunNormal', 'lecunUniform'],
    ...['varianceScaling', 'fansOf'],
  ],
  'parts of optimizerStep': [
    ...['updateStep', 'slotNames', 'globalNorm', 'clipToGlobalNorm', 'momentumUpdate', 'adamUpdate', 'rmsUpdate'],
    'runOptimizerStep',
  ],
  'parts of recurrentStack': ['runRecurrentStack', 'recurrentStackNames'],
};

/** Functions of a backend itself that have cases. */
const backendFunctions = ['upload', 'read'];

/** Ops without a gradient, or whose gradient is zero everywhere. */
const withoutGradient = [
  ...['sign', 'floor', 'less', 'lessEqual', 'greater', 'greaterEqual', 'equal', 'notEqual', 'argmax', 'oneHot'],
  ...['dropoutMask', 'optimizerStep', 'roundToBfloat16', 'full', ...backendFunctions],
];

/** Names of the functions that core exports; classes begin with a capital letter. */
function exportedFunctions(): string[] {
  return Object.entries(core)
    .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
    .map(([name]) => name);
}

function opsWithoutCase(names: readonly string[], cases: readonly ConformanceCase[]): string[] {
  const covered = new Set([...cases.map(({ op }) => op), ...Object.values(notOps).flat()]);
  return names.filter((name) => !covered.has(name));
}

// The compiler keeps these lists complete.
const unaryKinds: Readonly<Record<UnaryKind, true>> = {
  neg: true,
  abs: true,
  sign: true,
  exp: true,
  expm1: true,
  log: true,
  log1p: true,
  sqrt: true,
  recip: true,
  floor: true,
  erf: true,
  relu: true,
  sigmoid: true,
  tanh: true,
};
const binaryKinds: Readonly<Record<BinaryKind, true>> = {
  add: true,
  sub: true,
  mul: true,
  div: true,
  pow: true,
  max: true,
  min: true,
  less: true,
  equal: true,
};
const reduceKinds: Readonly<Record<ReduceKind, true>> = { sum: true, max: true, argmax: true };
type WithoutKinds = Exclude<keyof Kernels, 'unary' | 'binary' | 'reduce' | 'activationGradient'>;
/**
 * Whether a kernel takes int32 besides floating point; kinds where only some do are listed below. Gradients alone call
 * activationGradient: those of sigmoid and tanh.
 */
const kernels: Readonly<Record<WithoutKinds, boolean>> = {
  fill: true,
  cast: true,
  select: true,
  matmul: false,
  transpose: true,
  slice: true,
  concat: true,
  gather: true,
  scatterAdd: true,
  cumulativeSum: false,
  flip: true,
  roundToBfloat16: false,
  bernoulli: false,
};
const integerKinds = [
  ...['neg', 'abs', 'sign'].map((kind) => `unary ${kind}`),
  ...['add', 'sub', 'mul', 'max', 'min', 'less', 'equal'].map((kind) => `binary ${kind}`),
  ...Object.keys(reduceKinds).map((kind) => `reduce ${kind}`),
];
const fused: Readonly<Record<keyof FusedKernels, true>> = {
  lstm: true,
  gru: true,
  simpleRnn: true,
  linear: true,
  softmaxCrossEntropy: true,
  layerNorm: true,
  recurrentStack: true,
};
const updates: Readonly<Record<keyof FusedUpdates, true>> = { optimizerStep: true };

const floatCalls = [
  ...Object.keys(kernels),
  ...Object.keys(unaryKinds).map((kind) => `unary ${kind}`),
  ...Object.keys(binaryKinds).map((kind) => `binary ${kind}`),
  ...Object.keys(reduceKinds).map((kind) => `reduce ${kind}`),
];
const integerCalls = [
  ...Object.entries(kernels).flatMap(([name, integers]) => (integers ? [name] : [])),
  ...integerKinds,
].map((name) => `${name} int32`);

/** A reference backend that notes which kernels are called, and which optional ones are asked for; those it lacks. */
function noting(used: Set<string>): Backend {
  const backend = reference();
  const note = (name: string, [first, second, third]: readonly unknown[]): void => {
    const kind = typeof first === 'string' ? ` ${first}` : '';
    const subject = (name === 'select' || kind !== '' ? second : Array.isArray(first) ? (first[0] ?? third) : first) as
      | View
      | undefined;
    const dtype = name === 'fill' ? third : name === 'scatterAdd' ? (second as View).dtype : subject?.dtype;
    used.add(dtype === 'int32' ? `${name}${kind} int32` : `${name}${kind}`);
  };
  const watched = new Proxy(backend.kernels, {
    get(target, name: keyof Kernels) {
      const kernel = target[name] as ((...values: readonly unknown[]) => View) | undefined;
      if (kernel === undefined) used.add(name);
      return (
        kernel &&
        ((...values: readonly unknown[]): View => {
          note(name, values);
          return kernel(...values);
        })
      );
    },
  });
  const asked = (kind: string): object => new Proxy({}, { get: (_, name: string) => void used.add(`${kind} ${name}`) });
  return { ...backend, kernels: watched, fused: asked('fused'), updates: asked('update') };
}

async function callsOf(cases: readonly ConformanceCase[]): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  const backend = noting(used);
  const running = cases.filter((each) => appliesTo(each, 'support'));
  for (const each of running) expect(await runCase(each, backend, 'support')).toMatchObject({ status: 'pass' });
  return used;
}

const cases = conformanceCases();

describe('conformance cases', () => {
  it('have one for every op that core exports', () => {
    const missing = opsWithoutCase(exportedFunctions(), cases);
    expect(missing, 'add a case to src/cases, or to notOps what is no op').toEqual([]);
    const withoutLstm = cases.filter(({ op }) => op !== 'lstm');
    expect(opsWithoutCase(exportedFunctions(), withoutLstm)).toEqual(['lstm']);
  });

  it('check a gradient of every op that has one', () => {
    const checked = new Set(cases.filter((each) => differentiable(each).length > 0).map(({ op }) => op));
    const unchecked = new Set(cases.map(({ op }) => op).filter((op) => !checked.has(op)));
    expect([...unchecked].sort()).toEqual(withoutGradient.toSorted());
  });

  it('name exported ops only, each once', () => {
    const names = new Set([...exportedFunctions(), ...backendFunctions]);
    const listed = Object.values(notOps).flat();
    expect(cases.map(({ op }) => op).filter((op) => !names.has(op) || listed.includes(op))).toEqual([]);
    expect(listed.filter((name) => !names.has(name))).toEqual([]);
    const titles = cases.map(({ op, name }) => `${op}: ${name}`);
    expect(titles.filter((title, i) => titles.indexOf(title) < i)).toEqual([]);
  });

  it('call every kernel, every kind of it, also with int32 where it takes that, and ask for every fused one', async () => {
    const used = await callsOf(cases);
    const wanted = [
      ...floatCalls,
      ...integerCalls,
      ...Object.keys(fused).map((name) => `fused ${name}`),
      ...Object.keys(updates).map((name) => `update ${name}`),
    ];
    const missing = wanted.filter((name) => !used.has(name));
    expect(missing, 'add a case to src/cases that calls the kernel').toEqual([]);
  }, 60_000);

  it('would miss a kernel that none of them calls', async () => {
    const used = await callsOf(cases.filter(({ op }) => op === 'erf' || op === 'linear'));
    expect(used).toContain('unary erf');
    expect(used).toContain('fused linear');
    expect(used).not.toContain('fused lstm');
    expect(used).not.toContain('gather');
  });
});
