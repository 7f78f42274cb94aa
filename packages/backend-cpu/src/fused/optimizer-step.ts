import type { FusedUpdates, OptimizerRule } from '@lstm/core';
import { call, handleOf, viewOf } from '../device.ts';
import type { Handle, NativeEngine } from '../native.ts';

/** The numbers of a rule in native order: rule, momentum, nesterov, beta1, beta2, epsilon, weightDecay, decoupled, rho, centered. */
function ruleNumbers(rule: OptimizerRule): number[] {
  switch (rule.kind) {
    case 'sgd':
      return [0, rule.momentum, Number(rule.nesterov), 0, 0, 0, rule.weightDecay, 0, 0, 0];
    case 'adam':
      return [1, 0, 0, rule.beta1, rule.beta2, rule.epsilon, rule.weightDecay, Number(rule.decoupled), 0, 0];
    case 'rmsprop':
      return [2, rule.momentum, 0, 0, 0, rule.epsilon, rule.weightDecay, 0, rule.rho, Number(rule.centered)];
  }
}

function slotsOf(rule: OptimizerRule): number {
  if (rule.kind === 'adam') return 2;
  const momentum = rule.momentum > 0 ? 1 : 0;
  return rule.kind === 'sgd' ? momentum : 1 + Number(rule.centered) + momentum;
}

/** One optimizer step over all parameters: norm, clipping and update in one native call. */
export function optimizerUpdates(engine: NativeEngine): FusedUpdates<Handle> {
  return {
    optimizerStep: {
      run({ parameters, gradients, slots, loss }, { rule, learningRate, step, clipNorm = 0, clipValue = 0 }) {
        const numbers = ruleNumbers(rule);
        numbers.splice(1, 0, learningRate);
        numbers.push(step, clipNorm, clipValue);
        const slotHandles: Handle[] = [];
        for (const own of slots) for (const slot of own) slotHandles.push(slot.handle);
        const handle = call('optimizerStep', () =>
          engine.optimizerStep(
            numbers,
            parameters.map(handleOf),
            gradients.map(handleOf),
            slotHandles,
            slotsOf(rule),
            handleOf(loss),
          ),
        );
        return viewOf(handle, []);
      },
    },
  };
}
