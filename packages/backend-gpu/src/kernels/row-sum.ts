import type { Lanes, LaneText } from '../device.ts';
import { times } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel } from '../source/lanes.ts';
import type { GpuView, Store } from '../store.ts';

/** An input of {@link rowSum}: `[rows, width]`, `[width]` or `[rows]`. */
export interface RowInput {
  readonly view: GpuView;
  readonly per: 'element' | 'column' | 'row';
}

function rowSumText(
  lanes: Lanes,
  inputs: readonly RowInput[],
  width: number,
  term: (...values: string[]) => string,
): LaneText {
  const whole = lanes === 4 && width % 4 === 0;
  const steps = whole ? width / 4 : width;
  const kinds = inputs.map(({ per }) => (whole && per !== 'row' ? 'texel' : 'element'));
  const names = inputs.map((_, i) => inputNames[i] as string);
  return laneKernel(lanes, kinds, '', (lane) => {
    const row = elementIndex(lanes, lane);
    const before = inputs
      .map(({ per }, i) => (per === 'row' ? `const ${names[i]}$ = ${names[i]}[${row}];` : ''))
      .join(' ');
    const loads = inputs
      .map(({ per }, i) => {
        if (per === 'row') return '';
        const from = per === 'column' ? 'k$' : `${times(row, steps)} + k$`;
        return `const ${names[i]}$ = ${names[i]}[${from}];`;
      })
      .join(' ');
    const value = (part: number): string =>
      term(...inputs.map(({ per }, i) => (whole && per !== 'row' ? `${names[i]}$[${part}]` : `${names[i]}$`)));
    const parts = whole ? [0, 1, 2, 3] : [0];
    return {
      statements: `let sum$ = 0; ${before}
        for (let k$ = 0; k$ < ${steps}; k$++) { ${loads} ${parts.map((part) => `sum$ += ${value(part)};`).join(' ')} }`,
      value: 'sum$',
    };
  });
}

/** Returns the sum of a term over each row, `[rows]`. */
export function rowSum(
  store: Store,
  where: string,
  key: string,
  inputs: readonly RowInput[],
  [rows, width]: readonly [number, number],
  term: (...values: string[]) => string,
): GpuView {
  return store.run({
    where,
    key: `${key}|${width}`,
    text: (lanes) => rowSumText(lanes, inputs, width, term),
    inputs: inputs.map(({ view }) => view),
    shape: [rows],
    dtype: 'float32',
  });
}
