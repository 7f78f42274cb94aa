import { describe, expect, it } from 'vitest';
import { reportPage } from './page.ts';

describe('reportPage', () => {
  it('escapes what it is given and holds the data of its charts', async () => {
    const page = await reportPage({
      title: 'a < b',
      parts: [
        { title: '<i>', text: '"&"', table: { head: ['<td>', 'n'], rows: [['x', '1']], ours: 0 } },
        {
          chart: {
            xLabel: '</script>',
            yLabel: 'y',
            x: [1, 2],
            lines: [{ label: 'l', color: 'ours', values: [null, 2] }],
          },
        },
        { html: '<pre>own</pre>' },
      ],
      footer: 'end',
    });
    expect(page).toContain('<h1>a &lt; b</h1>\n<h2>&lt;i&gt;</h2>\n<p>&quot;&amp;&quot;</p>');
    expect(page).toContain('<tr class="ours"><td>x</td><td>1</td></tr>');
    expect(page).toContain('<div id="chart1"></div>\n<pre>own</pre>\n<footer>end</footer>');
    const [, data] = /id="data">(.*?)<\/script>/.exec(page) ?? [];
    expect(JSON.parse(data ?? '')).toMatchObject([{ id: 'chart1', xLabel: '</script>', x: [1, 2] }]);
    expect(page).not.toMatch(/(src|href)=/);
  });
});
