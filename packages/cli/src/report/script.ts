/** Draws the charts of a report from the JSON in the page; runs in the browser beside uPlot. */
export const reportScript = `
const charts = JSON.parse(document.getElementById('data').textContent);
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const drawn = [];
const day = 86400;
const format = (seconds, usual, ...rollover) => [seconds, usual, rollover[0] ?? null, null, rollover[1] ?? null, null, null, null, 1];
const dateFormats = [
  format(365 * day, '{YYYY}'),
  format(28 * day, '{MMM}', '\\n{YYYY}'),
  format(day, '{D} {MMM}', '\\n{YYYY}'),
  format(60, '{HH}:{mm}', '\\n{D} {MMM} {YYYY}', '\\n{D} {MMM}'),
];
const power = (value) => (value === null ? '' : value < 1e-3 || value >= 1e5 ? value.toExponential(0) : String(value));
function draw() {
  for (const chart of drawn.splice(0)) chart.destroy();
  for (const { id, x, lines, log, dates, xLabel, yLabel } of charts) {
    const place = document.getElementById(id);
    const axis = { stroke: style('--text'), grid: { stroke: style('--line'), width: 1 }, ticks: { stroke: style('--line') } };
    const options = {
      width: place.clientWidth,
      height: 300,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), 'UTC'),
      scales: { x: { time: dates === true }, y: log ? { distr: 3 } : {} },
      hooks: { setCursor: [({ root, cursor }) => root.classList.toggle('hovered', cursor.idx !== null && cursor.idx !== undefined)] },
      axes: [
        { ...axis, label: xLabel, labelSize: 20, ...(dates ? { values: dateFormats } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }) },
        { ...axis, label: yLabel, labelSize: 24, size: 56, ...(log ? { values: (_, splits) => splits.map(power) } : {}) },
      ],
      series: [
        dates ? { label: 'date', value: '{YYYY}-{MM}-{DD}' } : { label: xLabel },
        ...lines.map(({ label, color, dash, points }) => ({
          label,
          stroke: style('--' + color),
          width: 2,
          dash,
          points: { show: points === true },
          value: (_, value) => (value === null || value === undefined ? '–' : String(Number(value.toPrecision(5)))),
        })),
      ],
    };
    drawn.push(new uPlot(options, [x, ...lines.map(({ values }) => values)], place));
  }
}
draw();
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
`;
