// Type checkers follow the source condition into @lstm/backend-gpu, which is made for browsers.
/// <reference lib="dom" />

import { type Backend, checkChoice, UnsupportedError, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';

/** Backends that the program can be told to use. */
export type BackendName = 'auto' | 'cpu' | 'gpu' | 'reference';

/** Their names. */
export const backendNames: readonly BackendName[] = ['auto', 'cpu', 'gpu', 'reference'];

/** How each is made; packages of backends are loaded only when they are asked for. */
const makers: Readonly<Record<Exclude<BackendName, 'auto'>, () => Promise<Backend>>> = {
  cpu: async () => (await import('@lstm/backend-cpu')).cpu(),
  // Node has no WebGL2: the kernels of the GPU run as WebAssembly.
  gpu: async () => (await import('@lstm/backend-gpu')).gpu({ mode: 'webasm' }),
  reference: async () => reference(),
};

/**
 * Resolves to a backend whose package may not be installed.
 *
 * @throws UnsupportedError where it is not
 */
export async function makeBackend(name: Exclude<BackendName, 'auto'>): Promise<Backend> {
  try {
    return await makers[name]();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const fact = `@lstm/backend-${name} is not installed.`;
    const fix = `npm install @lstm/backend-${name}`;
    throw new UnsupportedError('lstm', fact, `It is the backend ${name}.`, `Install it: ${fix}`, { cause });
  }
}

/** The reference backend where the native one is not installed; any other error, such as of LSTM_NUM_THREADS, is told. */
function withoutNative(error: unknown): Backend {
  if (error instanceof UnsupportedError) return reference();
  throw error;
}

/**
 * Makes a backend the default one and resolves to it: `auto` takes the native backend where its package is installed, which itself
 * takes the reference backend with a warning where it does not load. `gpu` computes in WebAssembly here, as Node has no WebGL2; it is slow, and for comparisons.
 *
 * @throws OptionError for an unknown name, UnsupportedError where the package of the backend is not installed
 *
 * @example
 * ```ts
 * import { chooseBackend } from '@lstm/cli';
 * import { ones } from '@lstm/core';
 *
 * const { name } = await chooseBackend('reference');
 * console.log(name, ones([2]).backend.name); // => reference reference
 * ```
 */
export async function chooseBackend(name: BackendName): Promise<Backend> {
  const known = checkChoice('lstm', 'backend', name, backendNames);
  if (known !== 'auto') return useBackend(await makeBackend(known));
  return useBackend(await makeBackend('cpu').catch(withoutNative));
}
