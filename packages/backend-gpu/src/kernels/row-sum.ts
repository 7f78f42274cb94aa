import type { Lanes, LaneText } from '../device.ts';
import { times } from '../source/index-math.ts';
import { elementIndex, inputNames, laneKernel } from '../source/lanes.ts';
import { sumLoop } from '../source/sum-loop.ts';
import type { GpuView, Store } from '../store.ts';

/** An input of {@link rowSum}: `[rows, width]`, `[width]` or `[rows]`. */
export interface RowInput {
  readonly view: GpuView;
  readonly per: 'element' | 'column' | 'row';
}

function rowSumText(
  lanes: Lanes,
  inputs: readonly RowInput[],
  whole: boolean,
  term: (...values: string[]) => string,
): LaneText {
  const kinds = inputs.map(({ per }) => (whole && per !== 'row' ? 'texel' : 'element'));
  const names = inputs.map((_, i) => inputNames[i] as string);
  return laneKernel(lanes, kinds, '', (lane) => {
    const row = elementIndex(lanes, lane);
    const before = inputs
      .map(({ per }, i) => (per === 'row' ? `const ${names[i]}$ = ${names[i]}[${row}];` : ''))
      .join(' ');
    const loads = (index: string): string =>
      inputs
        .map(({ per }, i) => {
          if (per === 'row') return '';
          const from = per === 'column' ? index : `${times(row, 'steps')} + ${index}`;
          return `const ${names[i]}$ = ${names[i]}[${from}];`;
        })
        .join(' ');
    const value = (part: number): string =>
      term(...inputs.map(({ per }, i) => (whole && per !== 'row' ? `${names[i]}$[${part}]` : `${names[i]}$`)));
    const parts = whole ? [0, 1, 2, 3] : [0];
    return {
      statements: `${before} ${sumLoop(
        ['sum$'],
        'count(steps)',
        (index) => `${loads(index)} ${parts.map((part) => `sum$ += ${value(part)};`).join(' ')}`,
      )}`,
      value: 'sum$',
    };
  });
}

/** Lengths of rows `[rows, width]`. */
export type Rows = readonly [rows: number, width: number];

/** Returns the sum of a term over each row, `[rows]`. */
export function rowSum(
  store: Store,
  where: string,
  key: string,
  inputs: readonly RowInput[],
  [rows, width]: Rows,
  term: (...values: string[]) => string,
): GpuView {
  const whole = store.device.lanes === 4 && width % 4 === 0;
  return store.run({
    where,
    key: `${key}|${whole}`,
    text: (lanes) => rowSumText(lanes, inputs, whole, term),
    inputs: inputs.map(({ view }) => view),
    lengths: { steps: whole ? width / 4 : width },
    shape: [rows],
    dtype: 'float32',
  });
}
