import type { MarkdownRenderer } from 'vitepress';

/**
 * Gives each cell but the first of a row the heading of its column, and that heading itself: phones show it where cells stand one
 * below the other, and leave columns out by it. A dash alone is marked: there it says nothing.
 */
export function labelCells(md: MarkdownRenderer): void {
  md.core.ruler.push('labels', ({ tokens }) => {
    let headings: string[] = [];
    let column = 0;
    for (const [i, { type }] of tokens.entries()) {
      if (type === 'thead_open') headings = [];
      if (type === 'tr_open') column = 0;
      if (type === 'th_open') {
        const words = tokens[i + 1]?.children ?? [];
        headings.push(words.map(({ content }) => content).join(''));
      }
      if (type !== 'td_open' && type !== 'th_open') continue;
      const heading = headings[column];
      if (column > 0 && heading) tokens[i]?.attrSet('data-label', heading);
      if (tokens[i + 1]?.content === '–') tokens[i]?.attrJoin('class', 'nothing');
      column += 1;
    }
  });
}
