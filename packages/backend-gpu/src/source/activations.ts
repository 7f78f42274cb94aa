import type { FusedActivation } from '@lstm/core';

/** Returns the source of an activation of `x`. */
export function activated(activation: FusedActivation, x: string): string {
  return activation === 'linear' ? x : `${activation}Of(${x})`;
}

/** Returns the source of an activation's derivative, from its output `y`. */
export function slope(activation: FusedActivation, y: string): string {
  switch (activation) {
    case 'linear':
      return '1';
    case 'tanh':
      return `(1 - ${y} * ${y})`;
    case 'sigmoid':
      return `(${y} * (1 - ${y}))`;
    case 'hardSigmoid':
      return `hardSigmoidSlope(${y})`;
    case 'relu':
      return `reluSlope(${y})`;
  }
}
