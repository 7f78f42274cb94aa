import { expect, it } from 'vitest';
import type { Backend, Kernels, View } from '../backend/types.ts';
import { tensor, zeros } from '../create.ts';
import { grad } from '../grad.ts';
import { memory } from '../memory.ts';
import { reference } from '../reference/index.ts';
import { tidy } from '../scope.ts';
import { sizeOf } from '../shape.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { stack } from './stack.ts';
import { sum } from './sum.ts';
import { tanh } from './tanh.ts';
import { unstack } from './unstack.ts';

interface Work {
  calls: number;
  /** Elements that all kernels wrote. */
  elements: number;
  /** Most elements alive at once. */
  peak: number;
}

/** The reference backend, counting what its kernels do. */
function counting(): { backend: Backend; work: Work } {
  const base = reference();
  const work: Work = { calls: 0, elements: 0, peak: 0 };
  const sizes = new Map<unknown, number>();
  let live = 0;
  const kernels = Object.fromEntries(
    Object.entries(base.kernels).map(([name, kernel]) => [
      name,
      (...args: unknown[]) => {
        const view = (kernel as (...all: unknown[]) => View)(...args);
        const size = sizeOf(view.shape);
        sizes.set(view.handle, size);
        live += size;
        work.calls += 1;
        work.elements += size;
        work.peak = Math.max(work.peak, live);
        return view;
      },
    ]),
  ) as unknown as Kernels;
  const free = (handle: unknown): void => {
    live -= sizes.get(handle) ?? 0;
    base.free(handle);
  };
  return { backend: { ...base, kernels, free }, work };
}

/** Forward and backward of a recurrence over `time` steps. */
function work(time: number): Work {
  const counted = counting();
  const { backend } = counted;
  const before = memory().tensors;
  const x = tensor(new Float32Array(6 * time), { shape: [2, time, 3], backend, requiresGrad: true });
  const weight = tensor([0.5, 1, -1], { backend, requiresGrad: true });
  const loss = tidy(() => {
    let h = zeros([2, 3], { backend });
    const outputs = unstack(x, { axis: 1 }).map((step) => {
      h = tanh(add(mul(h, weight), step));
      return h;
    });
    return sum(stack(outputs, { axis: 1 }));
  });
  for (const each of [...grad(loss, [x, weight]), loss, x, weight]) each.dispose();
  expect(memory().tensors).toBe(before);
  return counted.work;
}

it('a loop from unstack to stack and back costs linear in time: calls, elements written, memory', () => {
  const [short, middle, long] = [work(100), work(550), work(1000)];
  const growth = (a: Work, b: Work): Work => ({
    calls: b.calls - a.calls,
    elements: b.elements - a.elements,
    peak: b.peak - a.peak,
  });
  expect(growth(middle, long)).toEqual(growth(short, middle));
  expect(long.calls).toBeLessThan(20 * 1000);
});
