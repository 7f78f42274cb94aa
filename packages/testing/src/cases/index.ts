import type { ConformanceCase } from '../case.ts';
import { activationCases } from './activations.ts';
import { arithmeticCases } from './arithmetic.ts';
import { comparisonCases } from './comparisons.ts';
import { elementwiseCases } from './elementwise.ts';
import { layoutCases } from './layout.ts';
import { matmulCases } from './matmul.ts';
import { recurrentCases } from './recurrent.ts';
import { reductionCases } from './reductions.ts';
import { rowCases } from './rows.ts';

/** Every conformance case, by op. */
export function conformanceCases(): readonly ConformanceCase[] {
  return [
    ...arithmeticCases(),
    ...elementwiseCases(),
    ...comparisonCases(),
    ...activationCases(),
    ...reductionCases(),
    ...layoutCases(),
    ...matmulCases(),
    ...rowCases(),
    ...recurrentCases(),
  ];
}
