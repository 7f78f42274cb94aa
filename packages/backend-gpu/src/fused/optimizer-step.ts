import type { FusedUpdates, OptimizerRule, OptimizerStepAttributes } from '@lstm/core';
import type { KernelText } from '../gpu-js.ts';
import { rowSum } from '../kernels/row-sum.ts';
import { inputNames, laneKernel } from '../source/lanes.ts';
import type { GpuView, Handle, Store } from '../store.ts';
import type { GlDevice } from '../webgl/device.ts';

const each = [0, 1, 2, 3] as const;
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

/** Source of one parameter's update; a norm or loss that is not finite leaves everything as it is. */
function updateText({ rule, clipNorm, clipValue }: OptimizerStepAttributes, withLoss: boolean): KernelText {
  const slots = slotsOf(rule);
  const perUnit = (source: string): string => each.map((l) => source.replaceAll('$', String(l))).join('\n');
  const state = ['p', ...slots];
  const textures = ['parameter', 'gradient', ...slots.map((name) => `slot${name}`)];
  const numbers = ['norm', 'clipped', ...(withLoss ? ['loss'] : [])];
  const source = `function(${[...textures, ...numbers, 'rate', 'correction'].join(', ')}) {
    const total = norm[0];
    let fine = 1;
    if (!(total <= 3.4e38)) { fine = 0; }
    ${withLoss ? 'const value = loss[0]; if (!(Math.abs(value) <= 3.4e38)) { fine = 0; }' : ''}
    let scale = 1;
    const length = clipped[0];
    ${clipNorm === undefined ? '' : `if (length > ${clipNorm}) { scale = ${clipNorm} / length; }`}
    ${textures.map((name) => `const of${name} = ${name}[${'(this.thread.x + this.thread.y * 2048)'}];`).join(' ')}
    ${perUnit('let g$ = ofgradient[$];')}
    ${clipValue === undefined ? '' : perUnit(`g$ = Math.max(-${clipValue}, Math.min(${clipValue}, g$));`)}
    ${perUnit('g$ = g$ * scale;')}
    ${state.map((name, i) => perUnit(`let ${name}$ = of${i === 0 ? 'parameter' : `slot${name}`}[$];`)).join('\n')}
    ${perUnit(ruleSource(rule))}
    if (fine == 0) { ${state.map((name, i) => perUnit(`${name}$ = of${i === 0 ? 'parameter' : `slot${name}`}[$];`)).join('\n')} }
    ${slots.map((name) => `keep_${name}(${each.map((l) => `${name}${l}`).join(', ')});`).join(' ')}
    return [${each.map((l) => `p${l}`).join(', ')}];
  }`;
  return {
    source,
    arguments: [...textures.map(() => 'texel' as const), ...numbers.map(() => 'element' as const), 'float', 'float'],
    extraResults: slots.map((name) => `keep_${name}`),
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
    key: `squares from|${from}|${gradient.handle.size}|${clip('g')}`,
    text: (lanes) =>
      laneKernel(lanes, ['element'], 0, '', () => ({
        statements: `let sum$ = 0; for (let k$ = ${from}; k$ < ${gradient.handle.size}; k$++) { const g$ = a[k$]; sum$ += ${clip('g$')} * ${clip('g$')}; }`,
        value: 'sum$',
      })),
    inputs: [gradient],
    shape: [1],
    dtype: 'float32',
  });
}

/** Adds up all elements of up to eight tensors; the last time takes the root. */
function addSums(store: Store, sums: readonly GpuView[], last: boolean): GpuView {
  return store.run({
    where: 'optimizerStep',
    key: `add sums|${sums.map(({ handle }) => handle.size).join(',')}|${last}`,
    text: (lanes) =>
      laneKernel(
        lanes,
        sums.map(() => 'element' as const),
        0,
        '',
        () => ({
          statements: `let sum$ = 0; ${sums
            .map(({ handle }, i) => `for (let k$ = 0; k$ < ${handle.size}; k$++) { sum$ += ${inputNames[i]}[k$]; }`)
            .join(' ')}`,
          value: last ? 'Math.sqrt(sum$)' : 'sum$',
        }),
      ),
    inputs: sums,
    shape: [],
    dtype: 'float32',
  });
}

/** One optimizer step: the norm, then one launch for each parameter. Nothing is read back. */
export function optimizerUpdates(store: Store, gl: GlDevice): FusedUpdates<Handle> {
  return {
    optimizerStep: {
      run({ parameters, gradients, slots, loss }, attributes) {
        const { rule, learningRate, step, clipNorm, clipValue } = attributes;
        const norm = globalNorm(store, gradients, undefined);
        const both = clipNorm !== undefined && clipValue !== undefined;
        const clipped = both ? globalNorm(store, gradients, clipValue) : norm;
        const correction = rule.kind === 'adam' ? Math.sqrt(1 - rule.beta2 ** step) / (1 - rule.beta1 ** step) : 1;
        const scalars = [norm, clipped, ...(loss === undefined ? [] : [loss])];
        const key = `update|${JSON.stringify(rule)}|${clipNorm}|${clipValue}|${loss !== undefined}`;
        parameters.forEach((parameter, i) => {
          const gradient = gradients[i] as GpuView;
          const state = [parameter, ...(slots[i] as readonly GpuView[])];
          if (parameter.handle.size === 0) return;
          const [first, ...rest] = state as [GpuView, ...GpuView[]];
          const inputs = [first, gradient, ...rest, ...scalars];
          const textures = inputs.map((view) => store.textureOf('optimizerStep', view));
          const made = gl.runMany(
            key,
            () => updateText(attributes, loss !== undefined),
            textures,
            parameter.handle.size,
            [learningRate, correction],
          );
          state.forEach((view, j) => {
            // The handles were given to us: they get the new memory.
            if (view.handle.block !== undefined) gl.free(textures[j === 0 ? 0 : j + 1] as (typeof textures)[number]);
            view.handle.block = made[j];
            store.inherit(view, [gradient, norm]);
          });
        });
        if (clipped !== norm) store.free(clipped.handle);
        return norm;
      },
    },
  };
}
