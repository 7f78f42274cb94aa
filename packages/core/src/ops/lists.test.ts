import { expect, it } from 'vitest';
import { LstmError } from '../errors.ts';
import * as ops from './index.ts';

/** Take no tensor, or take them by name. */
const others = ['dropoutMask', 'recurrentStack'];

type Op = (...values: readonly unknown[]) => unknown;

const functions = Object.entries<unknown>(ops).filter(
  (entry): entry is [string, Op] => typeof entry[1] === 'function' && !others.includes(entry[0]),
);

it.each(functions)('%s teaches that a list is no tensor', (name, op) => {
  const lists = Array<unknown>(op.length).fill([[1, 2]]);
  let error: unknown;
  try {
    op(...lists);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(LstmError);
  expect(String(error)).toMatch(`[${name}] `);
  expect(String(error)).toMatch('Ops take tensors. Make one of a list');
});
