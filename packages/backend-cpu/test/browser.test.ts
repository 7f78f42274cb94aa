import { add, tensor, useBackend } from '@lstm/core';
import { expect, it, vi } from 'vitest';
import { cpu, cpuInfo } from '../src/browser.ts';

it('computes on the reference backend in a page, and says so once', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await useBackend(cpu());
  expect(add(tensor([1]), tensor([2])).dataSync()[0]).toBe(3);
  expect(cpu({ threads: 2 }).name).toBe('reference');
  expect(warn.mock.calls).toMatchInlineSnapshot(`
    [
      [
        "[cpu] the native addon is not available: a browser runs no native code. The slower reference backend takes over. Choose gpu() of @lstm/backend-gpu, or reference() of @lstm/core/reference.",
      ],
    ]
  `);
  expect(cpuInfo()).toMatchInlineSnapshot(`
    {
      "detail": "a browser runs no native code",
      "native": false,
      "reasons": [
        "Choose gpu() of @lstm/backend-gpu, or reference() of @lstm/core/reference.",
      ],
    }
  `);
  // @ts-expect-error an option that does not exist
  expect(() => cpu({ thread: 2 })).toThrow('Did you mean threads?');
});
