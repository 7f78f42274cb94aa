// The page of the same loss on every backend: what it trains, and what it shows.
import { expect, it } from 'vitest';
import { epochs, learn } from '../.vitepress/theme/loss-curve/learn.ts';
import { showLossCurve } from '../.vitepress/theme/loss-curve/page.ts';

it('learns the same on each backend, to float32 accuracy', async () => {
  const expected = await learn('reference');
  expect(expected.length).toBe(epochs);
  expect(expected.at(-1)).toBeLessThan(0.1 * (expected[0] as number));
  for (const choice of ['webgl2', 'webgpu', 'webasm'] as const) {
    const found = await learn(choice);
    expect(found.length).toBe(epochs);
    found.forEach((loss, i) => {
      expect(Math.abs(loss / (expected[i] as number) - 1)).toBeLessThan(1e-4);
    });
  }
});

it('trains in a worker when a backend is chosen, and draws curve and table', async () => {
  const root = document.createElement('div');
  document.body.append(root);
  const remove = showLossCurve(root);
  const select = root.querySelector('select') as HTMLSelectElement;
  for (const choice of ['reference', 'webgl2']) {
    select.value = choice;
    select.dispatchEvent(new Event('change'));
    const state = root.querySelector('.state') as HTMLElement;
    await expect.poll(() => state.textContent, { timeout: 50_000 }).toMatch(/done$/);
    const points = root.querySelector(`polyline.${choice}`)?.getAttribute('points') ?? '';
    expect(points.split(' ').length).toBe(epochs);
  }
  expect(root.querySelectorAll('tbody tr').length).toBe(2);
  remove();
  root.remove();
});
