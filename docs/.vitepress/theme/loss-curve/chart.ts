/** A curve of losses, one for each epoch so far. */
export interface Curve {
  readonly choice: string;
  readonly losses: readonly number[];
}

const [width, height] = [640, 300];
const [left, right, top, bottom] = [84, 12, 12, 52];

/** Returns the drawing as SVG: losses on a logarithmic scale over epochs. Curves that agree lie on each other. */
export function chart(curves: readonly Curve[], epochs: number): string {
  const values = curves.flatMap(({ losses }) => losses).filter((loss) => loss > 0);
  const [low, high] = values.length === 0 ? [0.01, 1] : [Math.min(...values), Math.max(...values)];
  const [from, to] = [
    Math.floor(Math.log10(low)),
    Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1),
  ];
  const x = (epoch: number): number => left + ((epoch - 1) / (epochs - 1)) * (width - left - right);
  const y = (loss: number): number => top + ((to - Math.log10(loss)) / (to - from)) * (height - top - bottom);
  const powers = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  const lines = powers.map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>
      <text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  );
  const ticks = [1, ...Array.from({ length: epochs / 5 }, (_, i) => 5 * (i + 1))].map(
    (epoch) => `<text x="${x(epoch)}" y="${height - bottom + 22}" text-anchor="middle">${epoch}</text>`,
  );
  const paths = curves.map(({ choice, losses }) => {
    const points = losses.map((loss, i) => `${x(i + 1).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
    return `<polyline class="${choice}" points="${points}"/>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Loss over epochs, one curve for each backend">
    ${lines.join('')}${ticks.join('')}
    <text x="${(left + width - right) / 2}" y="${height - 2}" text-anchor="middle">epoch</text>
    <text x="14" y="${(top + height - bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(top + height - bottom) / 2})">loss</text>
    ${paths.join('')}</svg>`;
}
