import type { ConformanceCase } from '../case.ts';
import { arithmeticCases } from './arithmetic.ts';
import { layoutCases } from './layout.ts';
import { matmulCases } from './matmul.ts';

/** Every conformance case, by op. */
export function conformanceCases(): readonly ConformanceCase[] {
  return [...arithmeticCases(), ...layoutCases(), ...matmulCases()];
}
