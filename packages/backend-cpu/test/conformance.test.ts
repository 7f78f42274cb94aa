import { describeConformance } from '@lstm/testing/vitest';
import { nativeBackend } from './native.ts';

describeConformance('cpu', () => nativeBackend());
