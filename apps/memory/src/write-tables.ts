// Writes the measured tables into the README and the site, and says where we are worse than PyTorch.
import { readFile, writeFile } from 'node:fs/promises';
import { cellName } from './steps.ts';
import { readMeasured, rowsOf, tableFiles, verdictText, withTables } from './tables.ts';

const measured = await readMeasured();
for (const { file, tables } of tableFiles) {
  await writeFile(file, withTables(await readFile(file, 'utf8'), tables, measured));
}
for (const { cell, verdict } of rowsOf(measured)) {
  if (verdict?.holds !== true) console.log(`${cellName(cell)}: ${verdictText(verdict)}`);
}
