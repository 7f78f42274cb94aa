import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from './backend/define.ts';
import { tensor } from './create.ts';
import { GradientError } from './errors.ts';
import { customGradient, grad, stopGradient, valueAndGrad } from './grad.ts';
import { memory } from './memory.ts';
import { add } from './ops/add.ts';
import { matmul } from './ops/matmul.ts';
import { mul } from './ops/mul.ts';
import { reshape } from './ops/reshape.ts';
import { sum } from './ops/sum.ts';
import { tanh } from './ops/tanh.ts';
import { reference } from './reference/index.ts';
import { tidy } from './scope.ts';
import { noGrad } from './tape.ts';
import type { Tensor } from './tensor.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const values = (x: Tensor): number[] => Array.from(x.dataSync());

describe('grad', () => {
  it('adds the paths that lead to one input', () => {
    const { value, gradients } = valueAndGrad((x) => sum(add(mul(x, x), mul(x, 3))), [tensor([1, 2])]);
    expect(value.dataSync()[0]).toBe(14);
    expect(values(gradients[0])).toEqual([5, 7]);
  });

  it('is asked for inside noGrad too', () => {
    const { value, gradients } = noGrad(() => valueAndGrad((x) => mul(x, x), [tensor(3)]));
    expect([value, gradients[0]].map(values)).toEqual([[9], [6]]);
    expect([value, gradients[0]].map(({ requiresGrad }) => requiresGrad)).toEqual([false, false]);
  });

  it('refuses a body that returns a promise', () => {
    expect(() => valueAndGrad((async (x: Tensor) => sum(x)) as never, [tensor([1])])).toThrow(
      '[valueAndGrad] the function returned a promise.',
    );
  });

  it('undoes broadcasting', () => {
    const { gradients } = valueAndGrad((a, b) => sum(mul(a, b)), [tensor([[1], [2]]), tensor([3, 4, 5])]);
    expect(values(gradients[0])).toEqual([12, 12]);
    expect(values(gradients[1])).toEqual([3, 3, 3]);
  });

  it('differentiates matrix products with every flag', () => {
    const a = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const b = tensor([
      [1, 0],
      [2, 1],
      [0, 3],
    ]);
    const at = tensor([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    const bt = tensor([
      [1, 2, 0],
      [0, 1, 3],
    ]);
    const plain = valueAndGrad((x, y) => sum(mul(matmul(x, y), matmul(x, y))), [a, b]);
    const flagged = valueAndGrad(
      (x, y) => {
        const z = matmul(x, y, { transposeA: true, transposeB: true });
        return sum(mul(z, z));
      },
      [at, bt],
    );
    expect(flagged.value.dataSync()).toEqual(plain.value.dataSync());
    const [da, db] = plain.gradients.map(values) as [number[], number[]];
    expect(values(flagged.gradients[0])).toEqual([da[0], da[3], da[1], da[4], da[2], da[5]]);
    expect(values(flagged.gradients[1])).toEqual([db[0], db[2], db[4], db[1], db[3], db[5]]);
  });

  it('gives gradients of gradients', () => {
    const x = tensor([2, 3], { requiresGrad: true });
    const [first] = grad(sum(mul(x, mul(x, x))), [x], { createGraph: true });
    expect(values(first)).toEqual([12, 27]);
    const [second] = grad(sum(first), [x], { createGraph: true });
    expect(values(second)).toEqual([12, 18]);
    const [third] = grad(sum(second), [x]);
    expect(values(third)).toEqual([6, 6]);
  });

  it('gives the gradient of an intermediate tensor', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = mul(x, 2);
    const [dy, dx] = grad(sum(mul(y, y)), [y, x]);
    expect(values(dy)).toEqual([4, 8]);
    expect(values(dx)).toEqual([8, 16]);
  });

  it('stops where it is told and gives zeros where no path leads', () => {
    const { gradients } = valueAndGrad((x, y) => sum(mul(stopGradient(x), y)), [tensor([1, 2]), tensor([3, 4])]);
    expect(gradients.map(values)).toEqual([
      [0, 0],
      [1, 2],
    ]);
  });

  it('refuses a loss that does not depend on any of the inputs', () => {
    const [x, other] = [tensor([1, 2], { requiresGrad: true }), tensor([3, 4], { requiresGrad: true })];
    const captured = (): unknown => valueAndGrad(() => sum(mul(x, x)), [x]);
    expect(captured).toThrow(GradientError);
    expect(captured).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: [valueAndGrad] the loss does not depend on any of the inputs. Gradients are those with respect to what the loss was computed from. Compute it from the arguments of the function. For the weights of a network use grad(loss, …), for gradients of gradients grad(…, { createGraph: true }).]`,
    );
    expect(() => valueAndGrad(() => tensor(1), [x])).toThrow('[valueAndGrad] the loss does not depend on any');
    const slopeOf = (z: Tensor): Tensor => valueAndGrad((y) => sum(mul(y, y)), [z]).gradients[0];
    expect(() => valueAndGrad((z) => sum(slopeOf(z)), [x])).toThrow('[valueAndGrad] the loss does not depend on any');
    expect(() => grad(sum(mul(x, x)), [other])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: [grad] the loss does not depend on any of the inputs. Gradients are those with respect to what the loss was computed from. Give the very tensors that the loss was computed from.]`,
    );
    expect(grad(sum(mul(x, x)), [])).toEqual([]);
  });

  it('takes the gradient that a custom op states', () => {
    const twice = (x: Tensor): Tensor =>
      customGradient({
        name: 'twice',
        inputs: [x],
        forward: (v) => mul(v, 2),
        backward: ([dy]) => [dy && mul(dy, 100)],
      })[0] as Tensor;
    const { value, gradients } = valueAndGrad((x) => sum(twice(x)), [tensor([1, 2])]);
    expect(value.dataSync()[0]).toBe(6);
    expect(values(gradients[0])).toEqual([100, 100]);
  });

  it('takes a custom gradient of several outputs; one that nothing uses counts as zeros', () => {
    const seen: number[][] = [];
    const both = (a: Tensor, b: Tensor): Tensor[] =>
      customGradient({
        name: 'both',
        inputs: [a, b],
        forward: (x, y) => [mul(x, y), add(x, y)],
        backward: (dys, saved) => {
          seen.push(...dys.map(values));
          const [product, total] = dys as [Tensor, Tensor];
          return [add(mul(product, saved.input(1)), total), add(mul(product, saved.input(0)), total)];
        },
      });
    const inputs = [tensor([2, 3]), tensor([5, 7])] as const;
    const used = (chosen: readonly number[]) => (a: Tensor, b: Tensor) =>
      chosen.map((i) => sum(both(a, b)[i] as Tensor)).reduce((x, y) => add(x, y));
    expect(valueAndGrad(used([0]), inputs).gradients.map(values)).toEqual([
      [5, 7],
      [2, 3],
    ]);
    expect(valueAndGrad(used([1]), inputs).gradients.map(values)).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(seen).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it('gives gradients of custom gradients', () => {
    // x³ as an op of its own; its second derivative is 6x.
    const cube = (x: Tensor): Tensor =>
      customGradient({
        name: 'cube',
        inputs: [x],
        forward: (v) => mul(v, mul(v, v)),
        backward: ([dy], saved) => [dy && mul(dy, mul(3, mul(saved.input(0), saved.input(0))))],
      })[0] as Tensor;
    const x = tensor([1, -2], { requiresGrad: true });
    const [slope] = grad(sum(cube(x)), [x], { createGraph: true });
    expect(values(slope)).toEqual([3, 12]);
    expect(values(grad(sum(slope), [x])[0])).toEqual([6, -12]);
  });

  it('refuses a used graph, a vector and a constant, in words', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const loss = sum(mul(x, x));
    grad(loss, [x]);
    expect(() => grad(loss, [x])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: [grad] the graph of reshape was already used and released. A graph gives gradients once. Ask for all gradients in one call, or pass { retainGraph: true } to the earlier ones.]`,
    );
    expect(() => grad(mul(x, x), [x])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [grad] loss is [2]. A gradient is that of a scalar, or of a tensor with an output gradient of its shape. Reduce the loss by mean or sum.]`,
    );
    expect(() => grad(sum(mul(x, x)), [tensor(1)])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: [grad] inputs[0] is not part of a recorded computation. Ops are recorded outside noGrad when an input has requiresGrad. Create the input with { requiresGrad: true }, take parameter.value, or use valueAndGrad.]`,
    );
  });

  it('can repeat a retained graph', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const loss = sum(mul(x, x));
    expect(values(grad(loss, [x], { retainGraph: true })[0])).toEqual([2, 4]);
    expect(values(grad(loss, [x])[0])).toEqual([2, 4]);
  });
});

describe('lifetimes', () => {
  it('frees everything but the results, whether or not gradients were asked for', () => {
    const before = memory();
    const x = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requiresGrad: true },
    );
    const loss = tidy(() => sum(mul(reshape(matmul(x, x), [4]), 2)));
    const unused = tidy(() => sum(mul(x, x)));
    const [dx] = grad(loss, [x]);
    expect(values(dx)).toEqual([14, 22, 18, 26]);
    expect(memory().tensors - before.tensors).toBe(4);
    for (const each of [x, loss, unused, dx]) each.dispose();
    expect(memory()).toEqual(before);
  });

  it('keeps nothing under noGrad', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(noGrad(() => mul(x, x)).requiresGrad).toBe(false);
  });

  it('releases a graph of 20,000 nodes without overflowing the stack', () => {
    const before = memory().storages;
    const x = tensor(1, { requiresGrad: true });
    const end = tidy(() => {
      let y: Tensor = x;
      for (let i = 0; i < 20_000; i++) y = reshape(y, []);
      return y;
    });
    expect(values(grad(end, [x], { retainGraph: true })[0])).toEqual([1]);
    end.dispose();
    x.dispose();
    expect(memory().storages - before).toBeLessThanOrEqual(1);
  });

  it('gives an op whose gradient is asked for in another shape or dtype what its formula gives', () => {
    const custom = (x: Tensor): Tensor =>
      customGradient({ name: 'one', inputs: [x], forward: (y) => mul(y, 1), backward: () => [tensor(1)] })[0] as Tensor;
    const { gradients } = valueAndGrad((x) => sum(custom(tanh(x))), [tensor([0, 0.5])]);
    expect(gradients[0].shape).toEqual([2]);
    expect(values(gradients[0])[1]).toBeCloseTo(1 - Math.tanh(0.5) ** 2, 6);
    const x = tensor([1, 2], { requiresGrad: true });
    const outputGradient = tensor([1, 1], { dtype: 'int32' });
    expect(() => grad(tanh(x), [x], { outputGradient })).toThrow(
      "[grad] outputGradient is int32, loss is float32. A gradient has the dtype of what it is the gradient of. Convert it: cast(outputGradient, 'float32').",
    );
  });
});

describe('customGradient', () => {
  const withBackward = (backward: unknown) => (x: Tensor, z: Tensor) =>
    sum(
      customGradient({
        name: 'mine',
        inputs: [x, z],
        forward: (a, b) => mul(a, b),
        backward: backward as () => Tensor[],
      })[0] as Tensor,
    );
  const two = (): readonly [Tensor, Tensor] => [tensor([1, 2]), tensor([3, 4])];

  it.each([true, false])('leaves what its forward did not make to whoever made it (recorded: %s)', (requiresGrad) => {
    const [x, captured] = [tensor([1, 2], { requiresGrad }), tensor([3, 4])];
    const before = memory().tensors;
    const outputs = customGradient({
      name: 'mine',
      inputs: [x],
      forward: (input) => {
        const made = mul(input, 2);
        return [input, captured, made, made];
      },
      backward: ([dy]) => [dy],
    });
    expect(outputs.map(values)).toEqual([
      [1, 2],
      [3, 4],
      [2, 4],
      [2, 4],
    ]);
    for (const [i, output] of outputs.entries()) {
      output.dispose();
      expect(outputs.slice(i + 1).some(({ disposed }) => disposed)).toBe(false);
    }
    expect([x.disposed, captured.disposed]).toEqual([false, false]);
    expect(memory().tensors).toBe(before);
  });

  it('refuses a gradient that is a promise or no list', () => {
    const later = withBackward(async () => two());
    expect(() => valueAndGrad(later, two())).toThrow('[mine] the function returned a promise.');
    const single = withBackward(([dy]: Tensor[]) => dy);
    expect(() => valueAndGrad(single, two())).toThrow('[mine] its gradient is no list.');
  });

  it('may return one tensor for two inputs, and tensors of its own, which stay', () => {
    const own = tensor([5, 6]);
    const both = withBackward(() => [own, own]);
    const sumOfPaths = (x: Tensor, z: Tensor): Tensor => add(both(x, z), sum(mul(x, 10)));
    const { gradients } = valueAndGrad(sumOfPaths, two());
    expect(gradients.map(values)).toEqual([
      [15, 16],
      [5, 6],
    ]);
    const doubled = withBackward(([dy]: Tensor[]) => {
      const twice = mul(dy as Tensor, 2);
      return [twice, twice];
    });
    const again = valueAndGrad((x, z) => add(doubled(x, z), sum(mul(x, 10))), two());
    expect(again.gradients.map(values)).toEqual([
      [12, 12],
      [2, 2],
    ]);
    expect(values(own)).toEqual([5, 6]);
  });
});
