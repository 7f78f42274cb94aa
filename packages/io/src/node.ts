export { writeFileAtomic } from './node/write-file-atomic.ts';
