import type { Backend } from '@lstm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformanceCases } from './cases/index.ts';
import { appliesTo, type ConformanceMode, runCase } from './run.ts';

/**
 * Declares one test for each conformance case and mode: what a backend's author calls in `test/conformance.test.ts`.
 *
 * @param name - of the backend, for the report
 * @param createBackend - makes the backend under test; it is disposed at the end
 */
export function describeConformance(name: string, createBackend: () => Backend | Promise<Backend>): void {
  describe(`conformance of ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await createBackend();
    });
    afterAll(() => {
      backend.dispose();
    });
    const modes: readonly ConformanceMode[] = ['test', 'grad'];
    describe.each(modes)('%s', (mode) => {
      const cases = conformanceCases().filter((each) => appliesTo(each, mode));
      it.each(cases.map((each) => [`${each.op}: ${each.name}`, each] as const))('%s', async (_, each) => {
        const row = await runCase(each, backend, mode);
        if (row.status !== 'unsupported') expect(row).toMatchObject({ status: 'pass' });
      });
    });
  });
}
