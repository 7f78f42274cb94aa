import { type Backend, BackendError, type View } from '@lstm/core';
import { rowTexels } from './source/helpers.ts';

interface Probe {
  /** What a wrong result means. */
  readonly means: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly run: (kernels: Backend['kernels'], a: View, b: View) => View;
  readonly expected: readonly number[];
}

const last = 4 * rowTexels + 3;
const places = Array.from({ length: last + 1 }, (_, i) => i);

const probes: readonly Probe[] = [
  {
    means: 'numbers have less range than float32',
    a: [1e30, 1e-30, -1e30, 65504],
    b: [2, 2, 2, 2],
    run: (kernels, a, b) => kernels.binary('mul', a, b),
    expected: [2e30, 2e-30, -2e30, 131008].map(Math.fround),
  },
  {
    means: 'numbers have fewer digits than float32',
    a: [1, 1, 2 ** 24 - 1, 12345678],
    b: [2 ** -23, -(2 ** -24), 1, 1],
    run: (kernels, a, b) => kernels.binary('add', a, b),
    expected: [1 + 2 ** -23, 1 - 2 ** -24, 2 ** 24, 12345679],
  },
  {
    means: 'tanh overflows',
    a: [100, -100, 0, 20],
    b: [0],
    run: (kernels, a) => kernels.unary('tanh', a),
    expected: [1, -1, 0, 1],
  },
  {
    means: 'rows of a texture are mixed up',
    a: places,
    b: [],
    run: (kernels, a) => kernels.flip?.(a, [0]) as View,
    expected: places.map((i) => last - i),
  },
];

/**
 * Runs a few kernels whose results tell a device that computes in less than float32, or a driver that miscompiles.
 *
 * @throws BackendError that says what is wrong with the device
 */
export async function selfTest(backend: Backend): Promise<void> {
  for (const { means, a, b, run, expected } of probes) {
    const views = [a, b].map((values) => backend.upload(Float32Array.from(values), [values.length]));
    const result = run(backend.kernels, ...(views as [View, View]));
    const found = await backend.read(result);
    for (const { handle } of [...views, result]) backend.free(handle);
    const wrong = expected.findIndex((value, i) => found[i] !== value);
    if (wrong < 0) continue;
    throw new BackendError(
      'gpu',
      `the self-test of ${backend.name} failed: ${means} (${found[wrong]} instead of ${expected[wrong]}).`,
      'Training needs float32 arithmetic.',
      'Use another browser or driver, or reference() of @lstm/core/reference; in Node, cpu() of @lstm/backend-cpu.',
    );
  }
}
