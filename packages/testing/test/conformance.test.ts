import { reference } from '@lstm/core/reference';
import { describeConformance } from '@lstm/testing/vitest';

describeConformance('reference', reference);
