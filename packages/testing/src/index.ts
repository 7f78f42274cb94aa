export { type CaseInput, type ConformanceCase, input, weyl } from './case.ts';
export { conformanceCases } from './cases/index.ts';
export { type ConformanceMode, type ConformanceRow, runCase } from './run.ts';
export { excess, type Tolerance, tolerances } from './tolerances.ts';
