import type { Backend } from '@lstm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformanceCases } from './cases/index.ts';
import { supportMatrix } from './matrix.ts';
import { deferredBackend } from './proxies/deferred-backend.ts';
import { leakCheckedBackend } from './proxies/leak-checked-backend.ts';
import { appliesTo, type ConformanceMode, type ConformanceRow, runCase } from './run.ts';

const modes: readonly ConformanceMode[] = ['test', 'grad'];
// A guard against hanging only: the first run of a case pays for thousands of differences, and machines may be busy.
const timeoutMs = 120_000;

/**
 * Declares one test for each conformance case and mode: what a backend's author calls in `test/conformance.test.ts`. Each case
 * runs on the backend as it is, and again through {@link deferredBackend} over {@link leakCheckedBackend}: all work delayed,
 * nothing read synchronously, nothing leaked.
 *
 * A case that the backend refuses with an `UnsupportedError` passes; at the end a table of them is printed.
 *
 * @param name - of the backend, for the report
 * @param createBackend - makes the backend under test; it is disposed at the end
 *
 * @example
 * ```ts file=packages/testing/test/conformance.test.ts
 * import { reference } from '@lstm/core/reference';
 * import { describeConformance } from '@lstm/testing/vitest';
 *
 * describeConformance('reference', reference);
 * ```
 */
export function describeConformance(name: string, createBackend: () => Backend | Promise<Backend>): void {
  describe(`conformance of ${name}`, () => {
    const cases = conformanceCases();
    const unsupported: ConformanceRow[] = [];
    let backend: Backend | undefined;
    beforeAll(async () => {
      backend = await createBackend();
    });
    afterAll(() => {
      backend?.dispose(); // none was made when createBackend failed
      if (unsupported.length > 0) console.info(supportMatrix(unsupported));
    });
    const named = (mode: ConformanceMode) =>
      cases.filter((each) => appliesTo(each, mode)).map((each) => [`${each.op}: ${each.name}`, each] as const);

    describe.each(modes)('%s', (mode) => {
      it.each(named(mode))(
        '%s',
        async (_, each) => {
          const row = await runCase(each, backend as Backend, mode);
          if (row.status === 'unsupported') unsupported.push(row);
          if (row.status === 'fail') expect.fail(failureOf(row));
        },
        timeoutMs,
      );
    });

    describe.each(modes)('%s, deferred and checked for leaks', (mode) => {
      it.each(named(mode))(
        '%s',
        async (_, each) => {
          const checked = leakCheckedBackend(backend as Backend);
          const deferred = deferredBackend(checked);
          const row = await runCase(each, deferred, mode);
          if (row.status === 'fail') expect.fail(failureOf(row));
          await deferred.idle?.();
          expect(checked.problems()).toEqual([]);
        },
        timeoutMs,
      );
    });
  });
}

function failureOf({ mode, case: name, reason }: ConformanceRow): string {
  return `${mode} ${name}: ${reason}`;
}
