import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Forecast, verdictOf } from '../forecast/forecast.ts';
import { preparations } from '../forecast/preparation.ts';
import { formatNumber } from '../format.ts';
import { chartsOf } from './charts.ts';
import { reportScript } from './script.ts';

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
th:first-child, td:first-child { text-align: left; } tr.ours { font-weight: 600; } .u-legend { color: var(--text); }
.u-legend th, .u-legend td { border: 0; }
footer { margin-top: 2.5rem; font-size: 0.85rem; }
`;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] as string);
}

function table(head: readonly string[], rows: readonly (readonly string[])[], ours: number): string {
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const lines = rows.map((row, i) => `<tr${i === ours ? ' class="ours"' : ''}>${cells('td', row)}</tr>`);
  return `<div class="wide"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

/** Resolves to a page that needs nothing but itself: the charts, the scores and the trials of a forecast. */
export async function reportOf(forecast: Forecast): Promise<string> {
  const { series, scores, trials, preparer, future, network } = forecast;
  const require = createRequire(import.meta.url);
  const read = (path: string): Promise<string> => readFile(require.resolve(`uplot/dist/${path}`), 'utf8');
  const [library, libraryStyle] = await Promise.all([read('uPlot.iife.min.js'), read('uPlot.min.css')]);
  const charts = chartsOf(forecast);
  const data = JSON.stringify({ charts, dated: series.calendar.unit !== 'row' }).replaceAll('<', '\\u003c');
  const title = escapeHtml(`${series.columns[0]}: a forecast of ${future.values.length} ${series.calendar.unit}s`);
  const tried = trials.toSorted((a, b) => a.mae - b.mae);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${libraryStyle}${style}</style>
</head>
<body>
<h1>${title}</h1>
<p>${escapeHtml(verdictOf(scores))}</p>
${table(
  ['on the test part', 'MAE', 'RMSE', 'MASE'],
  scores.map((score) => [score.name, formatNumber(score.mae), formatNumber(score.rmse), formatNumber(score.mase)]),
  0,
)}
${charts.map(({ id, title: heading, text }) => `<h2>${escapeHtml(heading)}</h2><p>${escapeHtml(text)}</p><div id="${id}"></div>`).join('\n')}
<h2>Preparation of the target</h2>
<p>Taken: ${escapeHtml(`${preparer.name} (${preparations[preparer.name].words})`)}.</p>
${
  tried.length > 0
    ? table(
        ['tried in a short training', 'validation MAE'],
        tried.map(({ name, mae }) => [`${name}: ${preparations[name].words}`, formatNumber(mae)]),
        0,
      )
    : ''
}
<footer>${series.dates.length} steps (${escapeHtml(series.calendar.unit)}), ${escapeHtml(`${series.dates[0]} to ${series.dates.at(-1)}`)};
${series.filled} values filled; columns: ${escapeHtml(series.columns.join(', '))}; window ${preparer.window}, horizon ${preparer.horizon};
${network.parameters.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)} parameters. Made by @lstm.</footer>
<script type="application/json" id="data">${data}</script>
<script>${library}</script>
<script>${reportScript}</script>
</body>
</html>
`;
}
