import { readFile } from 'node:fs/promises';
import { DataError } from '@lstm/core';
import type { Network } from '@lstm/layers';
import { type LoadedModel, type LoadModelOptions, loadModel } from '../model/load-model.ts';
import { type SaveModelOptions, saveModel } from '../model/save-model.ts';
import { codeOf, writeFileAtomic } from './write-file-atomic.ts';

/**
 * Writes a network to the file at `path`, as `saveModel` gives it and {@link writeFileAtomic} writes it.
 *
 * @throws DataError when the file cannot be written; what stood there is then as it was
 * @throws OptionError or UnsupportedError when the network or an option cannot be saved
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { loadModelFile, saveModelFile } from '@lstm/io/node';
 * import { dense, lstm, sequential } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const folder = await mkdtemp(join(tmpdir(), 'lstm-'));
 * const path = join(folder, 'model.safetensors');
 * await saveModelFile(path, sequential([lstm({ units: 4, inputShape: [10, 1] }), dense({ units: 1 })]));
 * const { network } = await loadModelFile(path);
 * console.log(network.layers.map(({ name }) => name)); // => [ 'lstm', 'dense' ]
 * await rm(folder, { recursive: true });
 * ```
 */
export async function saveModelFile(path: string, network: Network, options: SaveModelOptions = {}): Promise<void> {
  await writeFileAtomic(path, await saveModel(network, options));
}

/**
 * Returns what `loadModel` makes of the file at `path`.
 *
 * @throws DataError when the file cannot be read
 * @throws FormatError when it holds no usable model
 *
 * @example
 * ```ts
 * import { DataError } from '@lstm/core';
 * import { loadModelFile } from '@lstm/io/node';
 *
 * try {
 *   await loadModelFile('model.safetensors');
 * } catch (error) {
 *   if (error instanceof DataError) console.log(error.message);
 * }
 * // => [loadModelFile] model.safetensors cannot be read (ENOENT). A saved model is one file. Check the path.
 * ```
 */
export async function loadModelFile(path: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const fact = `${path} cannot be read (${codeOf(cause)}).`;
    throw new DataError('loadModelFile', fact, 'A saved model is one file.', 'Check the path.', { cause });
  }
  return loadModel(bytes, options);
}
