import { sizeOf } from '@lstm/core';
import type { Layer } from './layer.ts';
import type { Network } from './network.ts';
import { formatPartialShape } from './shape.ts';

function countOf(layer: Layer, trainableOnly = false): number {
  return layer.parameters
    .filter((parameter) => !trainableOnly || parameter.trainable)
    .reduce((total, { shape }) => total + sizeOf(shape), 0);
}

const grouped = (count: number): string => count.toLocaleString('en-US');

/** Returns a table of a network's layers. */
export function summaryOf(network: Network): string {
  network.build();
  const rows = network.layers.map((layer) => {
    const shapes = layer.knownOutputShapes.map(formatPartialShape).join(' ');
    return [`${layer.name} (${layer.type})`, shapes, grouped(countOf(layer))];
  });
  const header = ['Layer', 'Output', 'Parameters'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = ([name = '', output = '', count = '']: readonly string[]): string =>
    `${name.padEnd(widths[0] ?? 0)}  ${output.padEnd(widths[1] ?? 0)}  ${count.padStart(widths[2] ?? 0)}`;
  const rule = '─'.repeat(line(header).length);
  const [total, trainable] = [countOf(network), countOf(network, true)];
  return [
    network.name,
    rule,
    line(header),
    rule,
    ...rows.map(line),
    rule,
    `${grouped(total)} parameters${trainable < total ? `, ${grouped(trainable)} of them trainable` : ''}`,
  ].join('\n');
}
