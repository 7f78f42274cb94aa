import { expect, it } from 'vitest';
import { countingBackend, type Work } from '../../test/counting-backend.ts';
import { tensor, zeros } from '../create.ts';
import { grad } from '../grad.ts';
import { memory } from '../memory.ts';
import { tidy } from '../scope.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { stack } from './stack.ts';
import { sum } from './sum.ts';
import { tanh } from './tanh.ts';
import { unstack } from './unstack.ts';

/** Forward and backward of a recurrence over `time` steps. */
function work(time: number): Work {
  const counted = countingBackend();
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
