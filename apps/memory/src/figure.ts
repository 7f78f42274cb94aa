import type { ContenderName } from './contenders.ts';
import type { GradientFlow } from './gradient-flow.ts';
import type { Story } from './story.ts';

/** Colors that can be read on white and on black. */
const colors: Readonly<Record<ContenderName, string>> = {
  'simple RNN': '#868e96',
  'simple RNN, orthogonal': '#5c7cfa',
  GRU: '#0ca678',
  'LSTM, forget bias 1': '#e8890c',
  'LSTM, chrono': '#e64980',
};
const [width, left, right, panelHeight, top] = [480, 46, 12, 190, 84];
const [lowest, highest] = [-12, 1];

/** The index of a state, and back to the line. */
const atT = '<tspan dy="3" font-size="9">t</tspan><tspan dy="-3">\u200b</tspan>';

interface Panel {
  readonly title: string;
  readonly flows: readonly (readonly [name: ContenderName, flow: GradientFlow])[];
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** A line of norms over t, with gaps where it leaves the panel. */
function lineOf(norms: readonly number[], y: (power: number) => number, color: string, dash: string): string {
  const parts: string[][] = [[]];
  for (const [t, norm] of norms.entries()) {
    const power = Math.log10(norm);
    const x = left + ((width - left - right) * t) / (norms.length - 1);
    if (power >= lowest) parts.at(-1)?.push(`${round(x)},${round(y(power))}`);
    else if (parts.at(-1)?.length !== 0) parts.push([]);
  }
  const path = parts.flatMap((points) => (points.length < 2 ? [] : [`M${points.join(' L')}`])).join(' ');
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.8"${dash}/>`;
}

function panelSvg({ title, flows }: Panel, from: number): string {
  const y = (power: number): number => from + ((highest - power) * (panelHeight - 50)) / (highest - lowest);
  const time = flows[0]?.[1].h.length ?? 0;
  const grid = [0, -4, -8, -12].map(
    (power) =>
      `<line x1="${left}" x2="${width - right}" y1="${round(y(power))}" y2="${round(y(power))}" class="grid"/>` +
      `<text x="${left - 6}" y="${round(y(power)) + 4}" text-anchor="end">10<tspan dy="-4" font-size="9">${power}</tspan></text>`,
  );
  const ticks = [1, 25, 50, 75, 100]
    .map((share) => Math.max(1, Math.round((share * time) / 100)))
    .map((t) => {
      const x = round(left + ((width - left - right) * (t - 1)) / (time - 1));
      return `<text x="${x}" y="${round(y(lowest)) + 16}" text-anchor="middle">${t}</text>`;
    });
  const lines = flows.flatMap(([name, { h, c }]) => [
    lineOf(h, y, colors[name], ''),
    ...(c === undefined ? [] : [lineOf(c, y, colors[name], ' stroke-dasharray="2 4"')]),
  ]);
  return [`<text x="${left}" y="${from - 8}" class="title">${title}</text>`, ...grid, ...ticks, ...lines].join('\n');
}

/** Returns a picture of the gradients of a story before and after training, as SVG for light and dark pages. */
export function figureOf({ problem, time, layers }: Story): string {
  const panels: readonly Panel[] = [
    { title: 'before training', flows: layers.map(({ name, before }) => [name, before]) },
    { title: 'after training', flows: layers.map(({ name, after }) => [name, after]) },
  ];
  const legend = Object.entries(colors).map(([name, color], i) => {
    const [x, y] = [left + ([0, 140, 320][i % 3] as number), 34 + Math.floor(i / 3) * 18];
    return `<rect x="${x}" y="${y - 6}" width="14" height="3" fill="${color}"/><text x="${x + 20}" y="${y}">${name}</text>`;
  });
  const height = top + 2 * panelHeight;
  const about = `Norm of the gradient of the loss with respect to the states after step t: ${problem.name} problem over ${time} steps`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${about}">
<style>text { font: 12px system-ui, sans-serif; fill: #7d8590; } .title { font-weight: 600; } .grid { stroke: #7d8590; stroke-opacity: 0.3; }</style>
<text x="${left}" y="14" class="title">‖∂L/∂h${atT}‖ (solid) and ‖∂L/∂c${atT}‖ (dotted) over step t</text>
${legend.join('\n')}
${panels.map((panel, i) => panelSvg(panel, top + i * panelHeight)).join('\n')}
</svg>
`;
}
