import type { FusedUpdates, OptimizerRule, OptimizerStepAttributes } from '@lstm/core';
import type { Block, Lanes } from '../device.ts';
import type { KernelText } from '../gpu-js.ts';
import { rowSum } from '../kernels/row-sum.ts';
import { inputNames, laneKernel, texelIndex } from '../source/lanes.ts';
import type { GpuView, Handle, Store } from '../store.ts';
import type { TextureBlock } from '../webgl/textures.ts';
import type { BufferBlock } from '../webgpu/buffers.ts';

// How many sums one launch adds up.
const sumsAtOnce = 8;

/** Names of a rule's slots in the order of the contract. */
function slotsOf(rule: OptimizerRule): readonly string[] {
  switch (rule.kind) {
    case 'sgd':
      return rule.momentum > 0 ? ['u'] : [];
    case 'adam':
      return ['m', 'v'];
    case 'rmsprop':
      return ['q', ...(rule.centered ? ['w'] : []), ...(rule.momentum > 0 ? ['u'] : [])];
  }
}

/** Statements of a rule for one element: from parameter `p$`, gradient `g$` and slots to their new values. */
function ruleSource(rule: OptimizerRule): string {
  const { weightDecay } = rule;
  const coupled = weightDecay !== 0 && !(rule.kind === 'adam' && rule.decoupled);
  const decay = coupled ? `g$ += p$ * ${weightDecay};` : '';
  switch (rule.kind) {
    case 'sgd':
      if (rule.momentum === 0) return `${decay} p$ += -rate * g$;`;
      return `${decay} const change$ = -rate * g$; u$ = u$ * ${rule.momentum} + change$;
        p$ += ${rule.nesterov ? `u$ * ${rule.momentum} + change$` : 'u$'};`;
    case 'adam': {
      const apart = weightDecay !== 0 && rule.decoupled ? ` + p$ * ${weightDecay}` : '';
      return `${decay} m$ = m$ * ${rule.beta1} + g$ * ${1 - rule.beta1};
        v$ = v$ * ${rule.beta2} + g$ * g$ * ${1 - rule.beta2};
        p$ += -rate * (m$ / (Math.sqrt(v$) + ${rule.epsilon}) * correction${apart});`;
    }
    case 'rmsprop': {
      const { rho, epsilon, momentum, centered } = rule;
      const power = centered
        ? `w$ = w$ * ${rho} + g$ * ${1 - rho}; const power$ = Math.max(q$ - w$ * w$, 0);`
        : 'const power$ = q$;';
      const rise = `rate * g$ / Math.sqrt(power$ + ${epsilon})`;
      return `${decay} q$ = q$ * ${rho} + g$ * g$ * ${1 - rho}; ${power}
        ${momentum > 0 ? `u$ = u$ * ${momentum} + ${rise}; p$ += -u$;` : `p$ += -(${rise});`}`;
    }
  }
}

/**
 * Source of one parameter's update; a norm or loss that is not finite leaves everything as it is. WebGL2 has the new values as
 * results, WebGPU puts them where the old ones are.
 */
function updateText(
  { rule, clipNorm, clipValue }: OptimizerStepAttributes,
  withLoss: boolean,
  lanes: Lanes,
): KernelText {
  const each = Array.from({ length: lanes }, (_, lane) => lane);
  const state = ['parameter', ...slotsOf(rule).map((name) => `slot${name}`)];
  const short = ['p', ...slotsOf(rule)];
  const arrays = [...state, 'gradient'];
  const numbers = ['norm', 'clipped', ...(withLoss ? ['loss'] : [])];
  const perUnit = (source: string): string => each.map((l) => source.replaceAll('$', String(l))).join('\n');
  const old = (name: string): string => (lanes === 4 ? `of${name}[$]` : `of${name}`);
  const all = (name: string): string => each.map((l) => `${name}${l}`).join(', ');
  const results =
    lanes === 4
      ? [...short.slice(1).map((name) => `keep_${name}(${all(name)});`), `return [${all('p')}];`]
      : [...short.map((name, n) => `put${n}(this.thread.x, ${name}0);`), 'return 0;'];
  const source = `function(${[...arrays, ...numbers, 'rate', 'correction'].join(', ')}) {
    const total = norm[0];
    let fine = 1;
    if (isFinite(total) == 0) { fine = 0; }
    ${withLoss ? 'const value = loss[0]; if (isFinite(value) == 0) { fine = 0; }' : ''}
    let scale = 1;
    const length = clipped[0];
    ${clipNorm === undefined ? '' : `if (length > ${clipNorm}) { scale = ${clipNorm} / length; }`}
    ${arrays.map((name) => `const of${name} = ${name}[${lanes === 4 ? texelIndex : 'this.thread.x'}];`).join(' ')}
    ${perUnit(`let g$ = ${old('gradient')};`)}
    ${clipValue === undefined ? '' : perUnit(`g$ = Math.max(-${clipValue}, Math.min(${clipValue}, g$));`)}
    ${perUnit('g$ = g$ * scale;')}
    ${short.map((name, i) => perUnit(`let ${name}$ = ${old(state[i] as string)};`)).join('\n')}
    ${perUnit(ruleSource(rule))}
    if (fine == 0) { ${short.map((name, i) => perUnit(`${name}$ = ${old(state[i] as string)};`)).join('\n')} }
    ${results.join(' ')}
  }`;
  return {
    source,
    arguments: [
      ...state.map(() => (lanes === 4 ? 'texel' : 'target')),
      lanes === 4 ? 'texel' : 'element',
      ...numbers.map(() => 'element' as const),
      'float',
      'float',
    ],
    ...(lanes === 4 && { extraResults: short.slice(1).map((name) => `keep_${name}`) }),
  };
}

/** Returns the global norm of gradients, clipped by value where asked, as a scalar. */
function globalNorm(store: Store, gradients: readonly GpuView[], clipValue: number | undefined): GpuView {
  const where = 'optimizerStep';
  const clip = (g: string): string =>
    clipValue === undefined ? g : `Math.max(-${clipValue}, Math.min(${clipValue}, ${g}))`;
  let sums = gradients
    .filter(({ handle }) => handle.size > 0)
    .map((gradient) => {
      const { size } = gradient.handle;
      // Rows near the root of the size; what is left over makes one more sum.
      const width = 4 * Math.ceil(Math.sqrt(size) / 4);
      const rows = Math.floor(size / width);
      return { gradient, size, width, rows };
    })
    .flatMap(({ gradient, size, width, rows }) => {
      const square = (g: string | undefined): string => `${clip(g as string)} * ${clip(g as string)}`;
      const inputs = [{ view: gradient, per: 'element' }] as const;
      const whole = rows === 0 ? [] : [rowSum(store, where, `squares|${clipValue}`, inputs, [rows, width], square)];
      return rows * width === size ? whole : [...whole, restOfSquares(store, gradient, rows * width, clip)];
    });
  do {
    const next: GpuView[] = [];
    for (let i = 0; i < sums.length; i += sumsAtOnce)
      next.push(addSums(store, sums.slice(i, i + sumsAtOnce), sums.length <= sumsAtOnce));
    for (const { handle } of sums) store.free(handle);
    sums = next;
  } while (sums.length > 1);
  return sums[0] ?? store.fill(where, [], 0, 'float32');
}

/** Sum of the squares from an element on. */
function restOfSquares(store: Store, gradient: GpuView, from: number, clip: (g: string) => string): GpuView {
  return store.run({
    where: 'optimizerStep',
    key: `squares from|${clip('g')}`,
    text: (lanes) =>
      laneKernel(lanes, ['element'], '', () => ({
        statements: `let sum$ = 0; for (let k$ = 0; k$ < count(rest); k$++) { const g$ = a[from + k$]; sum$ += ${clip('g$')} * ${clip('g$')}; }`,
        value: 'sum$',
      })),
    inputs: [gradient],
    lengths: { from, rest: gradient.handle.size - from },
    shape: [1],
    dtype: 'float32',
  });
}

/** Adds up all elements of up to eight tensors; the last time takes the root. */
function addSums(store: Store, sums: readonly GpuView[], last: boolean): GpuView {
  return store.run({
    where: 'optimizerStep',
    key: `add sums|${sums.length}|${last}`,
    text: (lanes) =>
      laneKernel(
        lanes,
        sums.map(() => 'element' as const),
        '',
        () => ({
          statements: `let sum$ = 0; ${sums
            .map((_, i) => `for (let k$ = 0; k$ < count(size${i}); k$++) { sum$ += ${inputNames[i]}[k$]; }`)
            .join(' ')}`,
          value: last ? 'Math.sqrt(sum$)' : 'sum$',
        }),
      ),
    inputs: sums,
    lengths: Object.fromEntries(sums.map(({ handle }, i) => [`size${i}`, handle.size])),
    shape: [],
    dtype: 'float32',
  });
}

/** What one parameter's update is given. */
interface Update {
  readonly key: string;
  readonly text: () => KernelText;
  /** The parameter, then its slots. */
  readonly state: readonly GpuView[];
  readonly gradient: Block;
  /** The norm, that of clipped values, then the loss where there is one. */
  readonly scalars: readonly Block[];
  readonly rate: number;
  readonly correction: number;
}

/** Runs an update on a device that can. */
function runUpdate(store: Store, { key, text, state, gradient, scalars, rate, correction }: Update): void {
  const blocks = state.map((view) => store.blockOf('optimizerStep', view));
  const size = gradient.size;
  if (store.webgpu !== undefined) {
    const { webgpu } = store;
    const arrays = [...blocks, gradient, ...scalars] as BufferBlock[];
    const program = webgpu.program(key, text);
    const named = Object.fromEntries(program.shader.arrays.map((name, i) => [name, arrays[i]]));
    webgpu.launch(program, { ...named, rate, correction }, size, size * blocks.length);
    return;
  }
  const inputs = [...blocks, gradient, ...scalars] as TextureBlock[];
  const made = store.gl?.runMany(key, text, inputs, size, [rate, correction]) ?? [];
  // The handles were given to us: they get the new memory.
  state.forEach((view, i) => {
    store.device.free(blocks[i] as Block);
    view.handle.block = made[i];
  });
}

/** One optimizer step: the norm, then one launch for each parameter. Nothing is read back. */
export function optimizerUpdates(store: Store): FusedUpdates<Handle> {
  const where = 'optimizerStep';
  return {
    optimizerStep: {
      run({ parameters, gradients, slots, loss }, attributes) {
        const { rule, learningRate: rate, step, clipNorm, clipValue } = attributes;
        const norm = globalNorm(store, gradients, undefined);
        const both = clipNorm !== undefined && clipValue !== undefined;
        const clipped = both ? globalNorm(store, gradients, clipValue) : norm;
        const correction = rule.kind === 'adam' ? Math.sqrt(1 - rule.beta2 ** step) / (1 - rule.beta1 ** step) : 1;
        const scalars = [norm, clipped, ...(loss === undefined ? [] : [loss])].map((view) =>
          store.blockOf(where, view),
        );
        const key = `update|${JSON.stringify(rule)}|${clipNorm}|${clipValue}|${loss !== undefined}`;
        const text = (): KernelText => updateText(attributes, loss !== undefined, store.device.lanes);
        parameters.forEach((parameter, i) => {
          const view = gradients[i] as GpuView;
          const state = [parameter, ...(slots[i] as readonly GpuView[])];
          if (parameter.handle.size === 0) return;
          const gradient = store.blockOf(where, view);
          runUpdate(store, { key, text, state, gradient, scalars, rate, correction });
          for (const each of state) store.inherit(each, [view, norm]);
        });
        if (clipped !== norm) store.free(clipped.handle);
        return norm;
      },
    },
  };
}
