// worker.ts
import { gpu } from '@lstm/backend-gpu';
import { useBackend } from '@lstm/core';
import { dense, lstm, sequential } from '@lstm/layers';
import { compile } from '@lstm/train';

async function train(): Promise<void> {
  await useBackend(gpu()); // with an OffscreenCanvas of its own
  const wave = Array.from({ length: 26 }, (_, i) => Math.sin(i / 3));
  const x = Array.from({ length: 16 }, (_, i) => wave.slice(i, i + 10).map((value) => [value]));
  const y = x.map((_, i) => [wave[i + 10] ?? 0]);
  const model = compile(sequential([lstm({ units: 8 }), dense({ units: 1 })]), { optimizer: 'adam', loss: 'mse' });
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 8 });
  postMessage(history.loss);
}

// An await outside a function would not do: bundlers may make a plain script of a worker.
train().catch(reportError); // reaches the page's worker.onerror
