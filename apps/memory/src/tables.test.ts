import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { adding, recall } from './problems.ts';
import { allCells, cellName, verdictOf } from './steps.ts';
import { readMeasured, rowsOf, tableFiles, verdictText, withTables } from './tables.ts';

it('compares means with the spread of the reference, unsolved runs counted with the limit', () => {
  const reference = [1000, 1200, 1100, 900, 1300];
  // The first three of PyTorch's mean the same, so the spread is that of all five.
  expect(verdictOf(adding, [1200, 1300, 1250], reference)).toEqual({
    ours: 1250,
    reference: 1100,
    limit: 1100 + Math.sqrt(25_000),
    holds: true,
  });
  expect(verdictOf(adding, [1200, 1300, 1300], reference)?.holds).toBe(false);
  expect(verdictOf(adding, [1000, 1000, 1000], [1000, 1000, 1000, 2000, 2000])?.reference).toBe(1000);
  expect(verdictOf(recall, [null, null, null], [null, null, null])).toMatchObject({
    ours: 3000,
    limit: 3030,
    holds: true,
  });
  expect(verdictOf(recall, [50, 50, null], [50, 50, 50])).toMatchObject({ limit: 50.5, holds: false });
  expect(verdictOf(recall, [50, 50, 50], [50, 50])).toBeUndefined();
  expect(verdictText(undefined)).toBe('not compared');
});

it('names all cells that were measured, and no other', async () => {
  const names = allCells.map(cellName);
  for (const { steps } of Object.values(await readMeasured()))
    expect(new Set(Object.keys(steps))).toEqual(new Set(names));
});

it('is in the README and on the site as it was measured', async () => {
  const measured = await readMeasured();
  for (const { file, tables } of tableFiles) {
    const text = await readFile(file, 'utf8');
    expect(withTables(text, tables, measured), 'pnpm tables').toBe(text);
  }
  // The README tells of the cells where we are worse.
  const missed = rowsOf(measured).filter(({ verdict }) => verdict?.holds === false);
  expect(missed.map(({ cell }) => cellName(cell))).toEqual(['adding 30, simple RNN, orthogonal']);
});
