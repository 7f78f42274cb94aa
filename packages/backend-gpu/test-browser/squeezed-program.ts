// Runs a fused LSTM forward and backward in both modes of a browser and tells the page around it what came out.
import { type GpuMode, gpu } from '@lstm/backend-gpu';
import { grad, lstm, sum, tensor } from '@lstm/core';

async function run(mode: GpuMode): Promise<readonly number[]> {
  const backend = await gpu({ mode });
  const wave = (shape: readonly number[]) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    return tensor(values, { shape, backend, requiresGrad: true });
  };
  const [x, kernel, recurrentKernel] = [wave([2, 3, 4]), wave([4, 20]), wave([5, 20])];
  const { y } = lstm(x, { kernel, recurrentKernel });
  const [gradient] = grad(sum(y), [recurrentKernel], { retainGraph: true });
  const values = [...(await y.data()), ...((await gradient?.data()) ?? [])];
  backend.dispose();
  return values;
}

Promise.all([run('webgl2'), run('webgpu')]).then(
  (values) => parent.postMessage({ values }, '*'),
  (error: unknown) => parent.postMessage({ error: String(error) }, '*'),
);
