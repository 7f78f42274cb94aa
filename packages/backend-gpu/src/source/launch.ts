import type { Lanes, Launch } from '../device.ts';
import type { ArgumentKind, KernelText } from '../gpu-js.ts';
import { inputNames } from './lanes.ts';

/** Returns the kernel of a launch: its inputs, lengths and numbers are the arguments. */
export function launchText(
  { text, lengths = {}, numbers = {} }: Pick<Launch, 'text' | 'lengths' | 'numbers'>,
  lanes: Lanes,
): KernelText {
  const { body, reads } = text(lanes);
  const names = [...inputNames.slice(0, reads.length), ...Object.keys(lengths), ...Object.keys(numbers)];
  return {
    source: `function(${names.join(', ')}) { ${body} }`,
    arguments: [
      ...reads,
      ...Object.keys(lengths).map((): ArgumentKind => 'integer'),
      ...Object.keys(numbers).map((): ArgumentKind => 'float'),
    ],
  };
}

/** Returns the values of a launch's lengths and numbers in the order of its arguments. */
export function launchValues({ lengths = {}, numbers = {} }: Launch): readonly number[] {
  return [...Object.values(lengths), ...Object.values(numbers)];
}
