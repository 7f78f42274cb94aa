import { add, gruCell, lstmCell, mul, scan, simpleRnnCell, type Tensor, unstack } from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';

type Named = Readonly<Record<string, Tensor>>;

/** Cases of single steps. */
export function cellCases(): readonly ConformanceCase[] {
  const cell = (op: string, width: number, bias: readonly number[], run: ConformanceCase['run']): ConformanceCase => ({
    op,
    name: 'one step',
    inputs: {
      x: input([3, 5], 1),
      h: input([3, 7], 2),
      c: input([3, 7], 3),
      kernel: input([5, width], 4, 0.7),
      recurrentKernel: input([7, width], 5, 0.7),
      bias: input(bias, 6, 0.5),
    },
    run,
    ...(op !== 'lstmCell' && { differentiable: ['x', 'h', 'kernel', 'recurrentKernel', 'bias'] }),
  });
  const weightsOf = ({ kernel, recurrentKernel, bias }: Named) => ({
    kernel: kernel as Tensor,
    recurrentKernel: recurrentKernel as Tensor,
    bias,
  });
  return [
    cell('lstmCell', 28, [28], (t) => {
      const next = lstmCell(t['x'] as Tensor, { h: t['h'] as Tensor, c: t['c'] as Tensor }, weightsOf(t));
      return [next.h, next.c];
    }),
    cell('gruCell', 21, [2, 21], (t) => gruCell(t['x'] as Tensor, t['h'] as Tensor, weightsOf(t))),
    cell('simpleRnnCell', 7, [7], (t) => simpleRnnCell(t['x'] as Tensor, t['h'] as Tensor, weightsOf(t))),
  ];
}

/** Cases of the loop over steps of one's own. */
export function scanCases(): readonly ConformanceCase[] {
  const running = (name: string, options: object): ConformanceCase => ({
    op: 'scan',
    name,
    inputs: {
      x: input([2, 4, 3], 1),
      start: input([2, 3], 2),
      mask: { shape: [2, 4], values: [1, 0, 1, 1, 0, 1, 1, 0] },
    },
    run({ x, start, mask }) {
      const step = (value: Tensor, [state]: readonly Tensor[]): { output: Tensor; states: Tensor[] } => {
        const next = add(mul(value, state as Tensor), value);
        return { output: next, states: [next] };
      };
      const { y, states } = scan(unstack(x as Tensor, { axis: 1 }), [start as Tensor], step, { ...options, mask });
      return [y, ...states];
    },
    differentiable: ['x', 'start'],
  });
  return [
    running('repeated outputs', {}),
    running('zero outputs, reverse', { reverse: true, zeroOutputForMask: true }),
  ];
}
