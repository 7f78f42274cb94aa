import type { View } from '../backend/types.ts';
import { sameShape } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';

/**
 * Returns `dy · f′(x)` from `y = f(x)`: `dy · y · (1 − y)` for sigmoid, `dy · (1 − y²)` for tanh.
 *
 * Gradient: `d(dy) = ddx · f′(x)`, `dy = ddx · dy · (1 − 2y)` for sigmoid, `−2 · ddx · dy · y` for tanh
 */
export function activationGradient(kind: 'sigmoid' | 'tanh', dy: Tensor, y: Tensor): Tensor {
  const fits = sameShape(dy.shape, y.shape) && dy.dtype === y.dtype;
  if (dy.backend.kernels.activationGradient === undefined || !fits) {
    return mul(dy, kind === 'sigmoid' ? mul(y, sub(1, y)) : sub(1, mul(y, y)));
  }
  return op({
    name: `${kind}Gradient`,
    inputs: [dy, y],
    keep: { inputs: [0, 1] },
    forward: (kernels, gradient, output) => kernels.activationGradient?.(kind, gradient, output) as View,
    gradients: [
      (ddx, saved) => activationGradient(kind, ddx, saved.input(1)),
      (ddx, saved) => {
        const slope = kind === 'sigmoid' ? sub(1, mul(2, saved.input(1))) : mul(-2, saved.input(1));
        return mul(mul(ddx, saved.input(0)), slope);
      },
    ],
  });
}
