// What bundlers take for a page, which runs no native code: programs that name this backend run there as well.
import { type Backend, checkOptions } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { CpuInfo, CpuOptions } from './index.ts';

const reason = 'a browser runs no native code';
const fix = 'Choose gpu() of @lstm/backend-gpu, or reference() of @lstm/core/reference';

let warned = false;

export function cpu(options: CpuOptions = {}): Backend {
  checkOptions('cpu', options, ['threads', 'instructionSet']);
  if (!warned) {
    warned = true;
    console.warn(
      `[cpu] the native addon is not available: ${reason}. The slower reference backend takes over. ${fix}.`,
    );
  }
  return reference();
}

export function cpuInfo(): CpuInfo {
  return { native: false, detail: reason, reasons: [`${fix}.`] };
}
