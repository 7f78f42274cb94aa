import { flat, mapWalks } from '../../kernels/elementwise.ts';
import { concat } from '../../kernels/layout.ts';
import { matmul } from '../../kernels/matmul.ts';
import { reduceKernel } from '../../kernels/reduce.ts';
import { quotient, residue, times } from '../../source/index-math.ts';
import { elementIndex, laneKernel } from '../../source/lanes.ts';
import { type GpuView, reshaped } from '../../store.ts';
import { type BackStepOptions, backStepText, laterBackText } from './back-text.ts';
import { type Call, callKey, padUnits, type Scratch } from './call.ts';
import { backwardResults } from './cells.ts';
import { collect, cropUnits, readState, type Trace, valuesOf } from './forward.ts';
import type { Group, Values } from './steps.ts';

/** Gradients of the outputs; a missing one stands for zeros. */
export interface OutputGradients {
  readonly y?: GpuView | undefined;
  readonly h?: GpuView | undefined;
  readonly c?: GpuView | undefined;
}

/** Gradients of the inputs. */
export type InputGradients = { [Name in 'x' | 'kernel' | 'recurrentKernel' | 'bias' | 'h0' | 'c0']?: GpuView };

/** Returns the gradient of the outputs as `[batch · time, filled-up units]`, zero where an output does not come from a state. */
function outputGradient(call: Call, dy: GpuView, { first }: Trace, scratch: Scratch): GpuView {
  const { store, steps, batch, time, units, inputs, attributes } = call;
  const { mask } = inputs;
  if (mask === undefined) return padUnits(call, dy, batch * time, scratch);
  const { padded } = steps;
  const view = store.run({
    where: call.name,
    key: `output gradient|${units}|${first === undefined}|${attributes.reverse}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const row = quotient(at, padded);
        const unit = residue(at, padded);
        const t = residue(row, 'time');
        const step = attributes.reverse ? `time - 1 - ${t}` : t;
        const counts =
          first === undefined
            ? `const valid$ = b[${row}];`
            : `let valid$ = 0; const first$ = b[${quotient(row, 'time')}]; const step$ = ${step}; if (step$ >= first$) { valid$ = 1; }`;
        return {
          statements: `let v$ = 0; ${counts} if (${unit} < ${units} && valid$ != 0) { v$ = a[${times(row, units)} + ${unit}]; }`,
          value: 'v$',
        };
      }),
    inputs: [dy, first ?? mask],
    lengths: { time },
    shape: [batch * time, padded],
    dtype: 'float32',
  });
  return scratch.view(view);
}

/** Gradients of every step; a group for each launch of a step back. */
interface Gradients {
  readonly groups: readonly Group[];
  /** Arguments that all steps share. */
  readonly given: Values;
  readonly options: Omit<BackStepOptions, 'kind'>;
}

/** Walks the steps back; block `i` holds the gradients of step `i`. */
function walkBack(call: Call, trace: Trace, outputs: OutputGradients, scratch: Scratch): Gradients {
  const { steps, cell, activations, batch, time, inputs, attributes } = call;
  const { mask, recurrentDropoutMask } = inputs;
  const dcLast = cell.carriesCell ? outputs.c : undefined;
  const given = valuesOf(call, {
    recurrent: trace.recurrent,
    mask,
    keep: recurrentDropoutMask && padUnits(call, recurrentDropoutMask, batch, scratch),
    dy: outputs.y && outputGradient(call, outputs.y, trace, scratch),
    dhLast: outputs.h && padUnits(call, outputs.h, batch, scratch),
    dcLast: dcLast && padUnits(call, dcLast, batch, scratch),
  });
  const options = {
    dy: outputs.y !== undefined,
    dh: outputs.h !== undefined,
    dc: dcLast !== undefined,
    mask: mask !== undefined,
    keep: recurrentDropoutMask !== undefined,
  };
  const key = `${callKey(call)}|${Object.values(options).join('|')}`;
  const results = backwardResults(cell, options.mask);
  const groups = results.map((names) => steps.open(names));
  for (let step = time - 1; step >= 0; step--) {
    const kind = step === time - 1 ? 'last' : 'middle';
    const values = {
      ...given,
      ...(kind === 'middle' && steps.at('next', groups, step + 1)),
      ...steps.at('own', groups, step),
      ...steps.at('before', trace.states, step),
      ...steps.at('after', trace.states, step + 1),
      t: attributes.reverse ? time - 1 - step : step,
    };
    cell.backward.forEach((launch, i) => {
      const names = results[i] as readonly string[];
      const text = () =>
        i === 0
          ? backStepText(cell, activations, steps.reach, { ...options, kind }, names)
          : laterBackText(launch, activations, steps.reach, options.keep, names);
      steps.run(`back step|${i}|${kind}|${key}`, text, values, groups[i] as Group, step);
    });
  }
  return { groups, given, options };
}

/** Returns the gradient of the initial state h. */
function initialGradient(call: Call, { groups, given, options }: Gradients): GpuView {
  const { steps, cell, activations, batch, units } = call;
  const key = `back step|initial|${callKey(call)}|${Object.values(options).join('|')}`;
  const text = () => backStepText(cell, activations, steps.reach, { ...options, kind: 'initial' }, []);
  const values = { ...given, ...steps.at('next', groups, 0) };
  return cropUnits(call, steps.make(key, text, values, [batch, steps.padded]), [batch, units]);
}

const columns = { transposeA: true, transposeB: false };

/** Returns the gradients of the inputs asked for. */
export function walkBackward(
  call: Call,
  trace: Trace,
  given: OutputGradients,
  needs: ReadonlySet<string>,
  scratch: Scratch,
): InputGradients {
  const { store, steps, cell, batch, time, features, units, inputs } = call;
  const gradients = walkBack(call, trace, given, scratch);
  const { groups } = gradients;
  const made = new Map<string, GpuView>();
  const rowsOf = (names: readonly string[]): GpuView => {
    const found = made.get(names.join());
    if (found !== undefined) return found;
    const rows = scratch.view(collect(call, groups, { names, offset: 0, keep: false, blank: 'never' }));
    made.set(names.join(), rows);
    return rows;
  };
  const result: InputGradients = {};
  if (needs.has('x')) result.x = inputGradient(call, rowsOf(cell.inputSide), scratch);
  if (needs.has('kernel')) {
    const x = trace.entered ?? reshaped(inputs.x, [batch * time, features]);
    result.kernel = cropUnits(call, matmul(store, x, rowsOf(cell.inputSide), columns), [features, cell.gates * units]);
  }
  if (needs.has('recurrentKernel')) {
    const parts = cell.recurrentSide.map(({ of, gradients: names }) => {
      const product = matmul(store, enteringRows(call, trace, of, scratch), rowsOf(names), columns);
      // The rows left out come last, so a copy of the first ones, unit by unit, leaves them out.
      return cropUnits(call, product, [units, names.length * units]);
    });
    result.recurrentKernel = joined(call, parts, 1);
  }
  if (needs.has('bias') && inputs.bias !== undefined) {
    const sides = [cell.inputSide, ...(cell.recurrentBias ? cell.recurrentSide.map((side) => side.gradients) : [])];
    const sums = sides.map((names) => {
      const width = names.length * steps.padded;
      const sum = reshaped(reduceKernel(store, 'sum', rowsOf(names), [0]), [width]);
      return cropUnits(call, sum, [1, cell.gates * units]);
    });
    result.bias = reshaped(joined(call, sums, 0), inputs.bias.shape);
  }
  if (needs.has('h0')) result.h0 = initialGradient(call, gradients);
  if (needs.has('c0')) result.c0 = readState(call, groups, 'dc', 0);
  for (const group of groups) steps.close(group);
  return result;
}

/** Returns what entered the recurrent product at each step, as rows. */
function enteringRows(call: Call, { states }: Trace, of: string, scratch: Scratch): GpuView {
  const { batch, inputs } = call;
  const { recurrentDropoutMask } = inputs;
  // A result of the step itself has the mask in it.
  const mask = of === 'h' ? recurrentDropoutMask : undefined;
  const options = { names: [of], offset: of === 'h' ? 0 : 1, keep: mask !== undefined, blank: 'never' } as const;
  return scratch.view(collect(call, states, options, { keep: mask && padUnits(call, mask, batch, scratch) }));
}

/** The gradient of x: through the kernel, then through the dropout of x. */
function inputGradient(call: Call, rows: GpuView, scratch: Scratch): GpuView {
  const { store, steps, cell, batch, time, features, inputs } = call;
  const width = cell.gates * steps.padded;
  const kernel = reshaped(padUnits(call, inputs.kernel, features * cell.gates, scratch), [features, width]);
  const dx = matmul(store, rows, kernel, { transposeA: false, transposeB: true });
  const shape = [batch, time, features];
  const { dropoutMask } = inputs;
  if (dropoutMask === undefined) return reshaped(dx, shape);
  scratch.view(dx);
  const walks = [flat(dx), { view: dropoutMask, walk: { dims: shape, strides: [features, 0, 1], start: 0 } }];
  return mapWalks(store, call.name, walks, (a, b) => `${a} * ${b}`, { shape, dtype: 'float32' }, 'mul');
}

/** Returns tensors one after the other along an axis; frees them where they were copied. */
function joined({ store }: Call, parts: readonly GpuView[], axis: number): GpuView {
  if (parts.length === 1) return parts[0] as GpuView;
  const result = concat(store, parts, axis);
  for (const { handle } of parts) store.free(handle);
  return result;
}
