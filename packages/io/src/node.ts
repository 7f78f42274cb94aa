export { loadModelFile, saveModelFile } from './node/model-file.ts';
export { writeFileAtomic } from './node/write-file-atomic.ts';
