import fc from 'fast-check';
import papa from 'papaparse';
import { expect, it } from 'vitest';
import { csvRows } from './csv-rows.ts';

// Every text that these make, right or wrong.
const texts = fc.string({ unit: fc.constantFrom('a', ' ', '"', '""', ',', '\n', '",', '"\n', ',"') });

it('splits every text as Papa Parse does, and refuses the same ones', () => {
  fc.assert(
    fc.property(texts, (text) => {
      // In two columns, so that no blank line is a row.
      const table = `h,h\n${text}\n`;
      const { data, errors } = papa.parse<string[]>(table, { delimiter: ',', newline: '\n' });
      const wrong = errors.find(({ type }) => type === 'Quotes');
      if (wrong) {
        const line = table.slice(0, wrong.index).split('\n').length;
        expect(() => csvRows('test', table, ',')).toThrow(`[test] line ${line}: the quotes of a cell do not match.`);
      } else {
        const filled = data.filter((cells) => cells.length > 1 || cells[0]?.trim() !== '');
        expect(csvRows('test', table, ',').rows.map(({ cells }) => cells)).toEqual(filled);
      }
    }),
    { numRuns: 3000 },
  );
});
