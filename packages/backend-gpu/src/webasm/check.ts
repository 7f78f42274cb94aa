import { UnsupportedError } from '@lstm/core';
import { insteadOf } from '../mode.ts';

// The smallest module: any engine compiles it.
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Compiles a module to find out whether that is allowed.
 *
 * @throws UnsupportedError where there is no WebAssembly or the page's content security policy forbids it
 */
export function checkWebAssembly(): void {
  try {
    new WebAssembly.Module(emptyModule);
  } catch (cause) {
    throw new UnsupportedError(
      'gpu',
      'WebAssembly does not compile here.',
      "Mode webasm needs it; a content security policy allows it with 'wasm-unsafe-eval' in script-src.",
      insteadOf('webasm'),
      { cause },
    );
  }
}
