// What the browser stage needs of Chromium: where one of these fails, the other tests of this folder do too.
import { expect, it } from 'vitest';

const other =
  "Debian's chromium has it, drawn by SwiftShader where there is no GPU; CHROMIUM_PATH names another Chromium.";

it('has WebGL2 that writes float32 textures', () => {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  expect(gl, `This Chromium has no WebGL2. ${other}`).not.toBe(null);
  const extension = gl?.getExtension('EXT_color_buffer_float');
  expect(extension, `This Chromium has WebGL2 without EXT_color_buffer_float. ${other}`).not.toBe(null);
});

it('has a WebGPU adapter', async () => {
  const adapter = 'gpu' in navigator ? await navigator.gpu.requestAdapter() : null;
  expect(adapter, `This Chromium has no WebGPU adapter. ${other}`).not.toBe(null);
});
