import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { adding, recall } from './problems.ts';
import { allCells, cellName, ownFile, pytorchFile, readSteps, verdictOf } from './steps.ts';
import { rowsOf, tableFiles, verdictText, withTables } from './tables.ts';

it('compares means with the spread of the reference, unsolved runs counted with the limit', () => {
  const reference = [1000, 1200, 1100, 900, 1300];
  expect(verdictOf(adding, [1200, 1300, 1250], reference)).toEqual({
    ours: 1250,
    reference: 1100,
    limit: 1100 + Math.sqrt(25_000),
    holds: true,
  });
  expect(verdictOf(adding, [1200, 1300, 1300], reference)?.holds).toBe(false);
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
  for (const file of [ownFile, pytorchFile]) {
    for (const name of Object.keys((await readSteps(file)).steps)) expect(names).toContain(name);
  }
});

it('is in the README and on the site as it was measured', async () => {
  const measured = { ours: await readSteps(ownFile), pytorch: await readSteps(pytorchFile) };
  for (const { file, tables } of tableFiles) {
    const text = await readFile(file, 'utf8');
    expect(withTables(text, tables, measured), 'pnpm tables').toBe(text);
  }
  // The README tells of the cells where we are worse.
  const missed = rowsOf(measured).filter(({ verdict }) => verdict?.holds === false);
  expect(missed.map(({ cell }) => cellName(cell))).toEqual(['recall 20, simple RNN']);
});
