import type { ConformanceCase } from '../case.ts';
import { activationCases } from './activations.ts';
import { arithmeticCases } from './arithmetic.ts';
import { comparisonCases } from './comparisons.ts';
import { contractCases } from './contract.ts';
import { elementwiseCases } from './elementwise.ts';
import { layoutCases } from './layout.ts';
import { lossCases } from './losses.ts';
import { matmulCases } from './matmul.ts';
import { recurrentCases } from './recurrent.ts';
import { cellCases, scanCases } from './recurrent-cells.ts';
import { stackCases } from './recurrent-stack.ts';
import { reductionCases } from './reductions.ts';
import { rowCases } from './rows.ts';
import { updateCases } from './updates.ts';

/**
 * Returns every conformance case, by op.
 *
 * @example
 * ```ts
 * import { conformanceCases } from '@lstm/testing';
 *
 * const softmax = conformanceCases().filter(({ op }) => op === 'softmax');
 * console.log(softmax.every(({ inputs }) => 'x' in inputs)); // => true
 * ```
 */
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
    ...cellCases(),
    ...scanCases(),
    ...stackCases(),
    ...lossCases(),
    ...updateCases(),
    ...contractCases(),
  ];
}
