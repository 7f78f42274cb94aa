// Pages that refuse a mode. gpu.js looks for WebGL2 once in a page, so these tests have a page of their own.
import { UnsupportedError } from '@lstm/core';
import { afterEach, expect, it, vi } from 'vitest';
import { gpu } from '../src/index.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('says so where only an OffscreenCanvas has WebGL2, and keeps no context', async () => {
  // As Chromium does when started with --disable-gpu --disable-webgl.
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = (() => null) as typeof getContext;
  const oldest = new OffscreenCanvas(1, 1).getContext('webgl2');
  for (let i = 0; i < 20; i++) {
    const made = gpu();
    await expect(made).rejects.toThrow(UnsupportedError);
    await expect(made).rejects.toThrow(
      "[gpu] there is no WebGL2 here. Mode webgl2 needs a browser or worker with WebGL2. Use gpu({ mode: 'webgpu' })",
    );
  }
  // Chromium takes the oldest of seventeen away.
  expect(oldest?.isContextLost()).toBe(false);
  HTMLCanvasElement.prototype.getContext = getContext;
});

it('names what a content security policy lacks for mode webasm', async () => {
  const frame = document.createElement('iframe');
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="script-src 'self'">`;
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
  document.body.append(frame);
  await loaded;
  vi.stubGlobal('WebAssembly', (frame.contentWindow as typeof globalThis & Window).WebAssembly);
  const made = gpu({ mode: 'webasm' });
  await expect(made).rejects.toThrow(UnsupportedError);
  await expect(made).rejects.toThrow("allows it with 'wasm-unsafe-eval' in script-src.");
  await expect(made).rejects.toHaveProperty('cause.name', 'CompileError');
  frame.remove();
});
