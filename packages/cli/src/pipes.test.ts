import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { surviveClosedPipe } from './pipes.ts';

it('survives a reader that has gone, and no other error', () => {
  const pipe = new PassThrough();
  surviveClosedPipe(pipe);
  expect(() => pipe.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).not.toThrow();
  expect(() => pipe.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }))).toThrow('disk full');
});
