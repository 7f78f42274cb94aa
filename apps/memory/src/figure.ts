import type { ContenderName } from './contenders.ts';
import type { GradientFlow } from './gradient-flow.ts';
import type { Story } from './story.ts';

/** How a picture looks on a light or a dark page, and what its file's name ends with. */
export interface Theme {
  readonly suffix: string;
  readonly text: string;
  readonly grid: string;
  readonly plain: string;
}

/** One picture for each. */
export const themes: readonly Theme[] = [
  { suffix: '', text: '#3c4650', grid: '#d5dae0', plain: '#6b7580' },
  { suffix: '-dark', text: '#c9d1d9', grid: '#3a424c', plain: '#98a2ad' },
];

/** Colors that can be read on white and on black; the plain network has that of the theme. */
const colors: Readonly<Record<ContenderName, string>> = {
  'simple RNN': 'currentColor',
  'simple RNN, orthogonal': '#5c7cfa',
  GRU: '#0ca678',
  'LSTM, forget bias 1': '#e8890c',
  'LSTM, chrono': '#e64980',
};
const [width, left, right, panelHeight, top] = [480, 58, 20, 236, 150];
const [lowest, highest] = [-12, 1];

/** The index of a state, and back to the line. */
const atT = '<tspan dy="4" font-size="12">t</tspan><tspan dy="-4">\u200b</tspan>';

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
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"${dash}/>`;
}

function panelSvg({ title, flows }: Panel, from: number): string {
  const y = (power: number): number => from + ((highest - power) * (panelHeight - 80)) / (highest - lowest);
  const time = flows[0]?.[1].h.length ?? 0;
  const grid = [0, -4, -8, -12].map(
    (power) =>
      `<line x1="${left}" x2="${width - right}" y1="${round(y(power))}" y2="${round(y(power))}" class="grid"/>` +
      `<text x="${left - 6}" y="${round(y(power)) + 5}" text-anchor="end">10<tspan dy="-6" font-size="12">${String(power).replace('-', '−')}</tspan></text>`,
  );
  const ticks = [1, 25, 50, 75, 100]
    .map((share) => Math.max(1, Math.round((share * time) / 100)))
    .map((t) => {
      const x = round(left + ((width - left - right) * (t - 1)) / (time - 1));
      return `<text x="${x}" y="${round(y(lowest)) + 20}" text-anchor="middle">${t}</text>`;
    });
  const lines = flows.flatMap(([name, { h, c }]) => [
    lineOf(h, y, colors[name], ''),
    ...(c === undefined ? [] : [lineOf(c, y, colors[name], ' stroke-dasharray="2 4"')]),
  ]);
  const axis = `<text x="${(left + width - right) / 2}" y="${round(y(lowest)) + 42}" text-anchor="middle">step t</text>`;
  const heading = `<text x="${left}" y="${from - 8}" class="title">${title}</text>`;
  return [heading, ...grid, ...ticks, axis, ...lines].join('\n');
}

/** Returns a picture of the gradients of a story before and after training, as SVG. */
export function figureOf({ problem, time, layers }: Story, { text, grid, plain }: Theme): string {
  const panels: readonly Panel[] = [
    { title: 'before training', flows: layers.map(({ name, before }) => [name, before]) },
    { title: 'after training', flows: layers.map(({ name, after }) => [name, after]) },
  ];
  const legend = Object.entries(colors).map(([name, color], i) => {
    const [x, y] = [left + (i % 2) * 200, 52 + Math.floor(i / 2) * 24];
    return `<rect x="${x}" y="${y - 7}" width="16" height="4" fill="${color}"/><text x="${x + 22}" y="${y}">${name}</text>`;
  });
  const height = top + 2 * panelHeight;
  const about = `Norm of the gradient of the loss with respect to the states after step t: ${problem.name} problem over ${time} steps`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${about}">
<style>svg { color: ${plain}; } text { font: 16px system-ui, sans-serif; fill: ${text}; } .title { font-weight: 600; } .grid { stroke: ${grid}; }</style>
<text x="${left}" y="20" class="title">‖∂L/∂h${atT}‖ (solid) and ‖∂L/∂c${atT}‖ (dotted)</text>
${legend.join('\n')}
${panels.map((panel, i) => panelSvg(panel, top + i * panelHeight)).join('\n')}
</svg>
`;
}
