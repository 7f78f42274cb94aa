// Writes the measured tables into the README and the site, and says where we are worse than PyTorch.
import { readFile, writeFile } from 'node:fs/promises';
import { cellName, ownFile, pytorchFile, readSteps } from './steps.ts';
import { rowsOf, tableFiles, verdictText, withTables } from './tables.ts';

const measured = { ours: await readSteps(ownFile), pytorch: await readSteps(pytorchFile) };
for (const { file, tables } of tableFiles) {
  await writeFile(file, withTables(await readFile(file, 'utf8'), tables, measured));
}
for (const { cell, verdict } of rowsOf(measured)) {
  if (verdict?.holds !== true) console.log(`${cellName(cell)}: ${verdictText(verdict)}`);
}
