export { type CaseInput, type ConformanceCase, input, weyl } from './case.ts';
export { conformanceCases } from './cases/index.ts';
export { type ExpectNoLeakOptions, expectNoLeak } from './expect-no-leak.ts';
export { type GradcheckOptions, gradcheck } from './gradcheck.ts';
export { supportMatrix } from './matrix.ts';
export { deferredBackend } from './proxies/deferred-backend.ts';
export {
  type LeakCheckedBackend,
  type LeakCheckedOptions,
  leakCheckedBackend,
} from './proxies/leak-checked-backend.ts';
export {
  appliesTo,
  type ConformanceMode,
  type ConformanceRow,
  type RunCaseOptions,
  type RunConformanceOptions,
  runCase,
  runConformance,
} from './run.ts';
export { excess, type Tolerance, tolerances } from './tolerances.ts';
