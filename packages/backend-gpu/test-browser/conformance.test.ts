import { describeConformance } from '@lstm/testing/vitest';
import { gpu } from '../src/index.ts';

describeConformance('gpu (webgl2)', () => gpu({ mode: 'webgl2' }));
