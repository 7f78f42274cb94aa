import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { checkOptions } from '@lstm/core';
import { reportScript } from './script.ts';

/** A line of a chart. */
export interface ChartLine {
  readonly label: string;
  /** What the line shows, which gives its color in light and dark: what is true, our network, what it is measured by, another. */
  readonly color: 'truth' | 'ours' | 'baseline' | 'other';
  /** One for each x; `null` where there is none. */
  readonly values: readonly (number | null)[];
  /** Lengths of dashes and gaps in pixels. */
  readonly dash?: readonly number[];
  /** Whether each value has a dot. Default false. */
  readonly points?: boolean;
}

/** A chart as plain data. */
export interface Chart {
  readonly xLabel: string;
  /** What the values are, with their unit. */
  readonly yLabel: string;
  /** Rising; seconds since 1970 where `dates` is true. */
  readonly x: readonly number[];
  /** Default false. */
  readonly dates?: boolean;
  /** Whether the values have a logarithmic axis. Default false. */
  readonly log?: boolean;
  readonly lines: readonly ChartLine[];
}

/** A table. */
export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Index of a row in bold. */
  readonly ours?: number;
}

/** A part of a page; what it has stands in this order. */
export interface ReportPart {
  readonly title?: string;
  readonly text?: string;
  readonly table?: ReportTable;
  readonly chart?: Chart;
  /** Markup of your own; escape what is not yours with {@link escapeHtml}. */
  readonly html?: string;
}

/** A page as plain data. */
export interface Report {
  readonly title: string;
  readonly parts: readonly ReportPart[];
  readonly footer: string;
}

const style = `
:root { color-scheme: light dark; --text: #1c2430; --page: #fff; --line: #e3e7ec; --truth: #64748b; --ours: #d9480f;
  --baseline: #0b7285; --other: #ae8a00; --soft: #f5f7f9; }
@media (prefers-color-scheme: dark) { :root { --text: #dfe5ec; --page: #12161c; --line: #2b333d; --truth: #94a3b8; --ours: #ff8c5a;
  --baseline: #3bc9db; --other: #ffd43b; --soft: #1a2028; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 2.2rem 0 0.2rem; } p { margin: 0.2rem 0 0.8rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } tr.ours { font-weight: 600; } .u-legend { color: var(--text); min-height: 3.5rem; }
.u-legend th, .u-legend td { border: 0; }
.uplot:not(.hovered) :is(.u-value, .u-series:first-child), .uplot:not(.hovered) .u-legend th::after { display: none; }
@media (max-width: 40rem) { th, td { white-space: normal; vertical-align: top; } }
pre { background: var(--soft); padding: 0.8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85rem; }
footer { margin-top: 2.5rem; font-size: 0.85rem; }
`;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Returns a text as it stands in HTML.
 *
 * @example
 * ```ts
 * import { escapeHtml } from '@lstm/cli';
 *
 * console.log(escapeHtml('a < b')); // => a &lt; b
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] as string);
}

function tableOf({ head, rows, ours }: ReportTable): string {
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const lines = rows.map((row, i) => `<tr${i === ours ? ' class="ours"' : ''}>${cells('td', row)}</tr>`);
  return `<div class="wide"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

/** Throws for what a page would not show. */
function checkReport(report: Report): void {
  const where = 'reportPage';
  checkOptions(where, report, ['title', 'parts', 'footer']);
  for (const part of report.parts) {
    checkOptions(where, part, ['title', 'text', 'table', 'chart', 'html']);
    const { table, chart } = part;
    if (table !== undefined) checkOptions(where, table, ['head', 'rows', 'ours']);
    if (chart === undefined) continue;
    checkOptions(where, chart, ['xLabel', 'yLabel', 'x', 'dates', 'log', 'lines']);
    for (const line of chart.lines) checkOptions(where, line, ['label', 'color', 'values', 'dash', 'points']);
  }
}

/**
 * Resolves to an HTML page that needs nothing but itself, for light and dark: texts, tables and charts, which uPlot draws.
 *
 * @throws OptionError for what the page, a part, a table, a chart or a line does not know
 *
 * @example
 * ```ts
 * import { reportPage } from '@lstm/cli';
 *
 * const page = await reportPage({
 *   title: 'Squares',
 *   parts: [{ chart: { xLabel: 'x', yLabel: 'x²', x: [1, 2, 3], lines: [{ label: 'x²', color: 'ours', values: [1, 4, 9] }] } }],
 *   footer: 'Made by hand.',
 * });
 * console.log(page.includes('<h1>Squares</h1>'), /(src|href)=/.test(page)); // => true false
 * ```
 */
export async function reportPage(report: Report): Promise<string> {
  checkReport(report);
  const { title, parts, footer } = report;
  const require = createRequire(import.meta.url);
  const read = (path: string): Promise<string> => readFile(require.resolve(`uplot/dist/${path}`), 'utf8');
  const [library, libraryStyle] = await Promise.all([read('uPlot.iife.min.js'), read('uPlot.min.css')]);
  const charts = parts.flatMap(({ chart }, i) => (chart === undefined ? [] : [{ ...chart, id: `chart${i}` }]));
  const data = JSON.stringify(charts).replaceAll('<', '\\u003c');
  const body = parts.map(({ title: heading, text, table, chart, html }, i) =>
    [
      ...(heading === undefined ? [] : [`<h2>${escapeHtml(heading)}</h2>`]),
      ...(text === undefined ? [] : [`<p>${escapeHtml(text)}</p>`]),
      ...(table === undefined ? [] : [tableOf(table)]),
      ...(chart === undefined ? [] : [`<div id="chart${i}"></div>`]),
      ...(html === undefined ? [] : [html]),
    ].join('\n'),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${libraryStyle}${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body.join('\n')}
<footer>${escapeHtml(footer)}</footer>
<script type="application/json" id="data">${data}</script>
<script>${library}</script>
<script>${reportScript}</script>
</body>
</html>
`;
}
