import { describeConformance } from '@lstm/testing/vitest';
import { cpu } from '../src/index.ts';

describeConformance('cpu', () => cpu());
