// Kernels are strings: what squeezes or instruments the code around them leaves them as they are.
import { grad, lstm, sum, tensor } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it } from 'vitest';
import { commands } from 'vitest/browser';

declare module 'vitest/internal/browser' {
  interface BrowserCommands {
    squeezedBundle: (tool: string) => Promise<string>;
  }
}

interface Message {
  /** Of WebGL2, then of WebGPU. */
  readonly values?: readonly (readonly number[])[];
  readonly error?: string;
}

/** Runs a module in a frame of its own whose policy forbids eval; resolves to what it says. */
async function runInFrame(code: string): Promise<Message> {
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const frame = document.createElement('iframe');
  const policy = `<meta http-equiv="Content-Security-Policy" content="script-src blob:">`;
  frame.srcdoc = `${policy}<script type="module" src="${url}"></script>`;
  const message = new Promise<Message>((resolve) => {
    addEventListener('message', ({ data, source }) => {
      if (source === frame.contentWindow) resolve(data as Message);
    });
  });
  document.body.append(frame);
  const result = await message;
  frame.remove();
  URL.revokeObjectURL(url);
  return result;
}

async function expectedValues(): Promise<number[]> {
  const backend = reference();
  const wave = (shape: readonly number[]) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    return tensor(values, { shape, backend, requiresGrad: true });
  };
  const [x, kernel, recurrentKernel] = [wave([2, 3, 4]), wave([4, 20]), wave([5, 20])];
  const { y } = lstm(x, { kernel, recurrentKernel });
  const [gradient] = grad(sum(y), [recurrentKernel], { retainGraph: true });
  return [...(await y.data()), ...((await gradient?.data()) ?? [])];
}

it.each(['esbuild', 'terser', 'swc', 'istanbul'])('computes the same after %s, without eval', async (tool) => {
  const code = await commands.squeezedBundle(tool);
  const { values, error } = await runInFrame(code);
  expect(error).toBe(undefined);
  const expected = await expectedValues();
  expect(values?.length).toBe(2);
  for (const found of values ?? []) {
    expect(found.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs((found[i] as number) - value)).toBeLessThan(1e-5);
    });
  }
});
