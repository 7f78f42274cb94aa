import { describeConformance } from '@lstm/testing/vitest';
import { gpu } from '../src/index.ts';

describeConformance('gpu (webasm)', () => gpu({ mode: 'webasm' }));
