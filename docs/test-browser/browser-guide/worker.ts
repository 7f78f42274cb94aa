// worker.ts
import { gpu } from '@lstm/backend-gpu';
import { UnsupportedError, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { serveFit } from '@lstm/train';

async function start(): Promise<void> {
  try {
    await useBackend(gpu());
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    await useBackend(reference());
  }
  serveFit({ loss: 'mse', metrics: ['mae'] });
}

start().catch(reportError); // fitInWorker rejects with it
