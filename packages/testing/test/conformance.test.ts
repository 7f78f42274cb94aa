import { reference } from '@lstm/core/reference';
import { describeConformance } from '../src/vitest.ts';

describeConformance('reference', reference);
