import { sizeOf } from '@lstm/core';
import { mapWalks } from '../../kernels/elementwise.ts';
import { matmul } from '../../kernels/matmul.ts';
import { reduceKernel } from '../../kernels/reduce.ts';
import { quotient, residue, times } from '../../source/index-math.ts';
import { elementIndex, laneKernel } from '../../source/lanes.ts';
import type { GpuView } from '../../store.ts';
import type { TextureBlock } from '../../webgl/textures.ts';
import { type Call, callKey, newHistory, paddedUnits, padUnits, reshaped, type Scratch } from './call.ts';
import { collect, cropUnits, readBlock, type Trace } from './forward.ts';
import { blockAt, type History } from './grid.ts';
import { type BackStepOptions, backResults, backStepText, carriesThrough } from './texts.ts';

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
  const { store, grid, units, inputs, attributes } = call;
  const { mask } = inputs;
  const { batch, time } = grid;
  if (mask === undefined) return padUnits(call, dy, batch * time, scratch);
  const padded = paddedUnits(call);
  const view = store.run({
    where: call.name,
    key: `output gradient|${units}|${time}|${first === undefined}|${attributes.reverse}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element'], 0, '', (lane) => {
        const at = elementIndex(lanes, lane);
        const row = quotient(at, padded);
        const unit = residue(at, padded);
        const t = residue(row, time);
        const step = attributes.reverse ? `${time - 1} - ${t}` : t;
        const counts =
          first === undefined
            ? `const valid$ = b[${row}];`
            : `let valid$ = 0; const first$ = b[${quotient(row, time)}]; const step$ = ${step}; if (step$ >= first$) { valid$ = 1; }`;
        return {
          statements: `let v$ = 0; ${counts} if (${unit} < ${units} && valid$ != 0) { v$ = a[${times(row, units)} + ${unit}]; }`,
          value: 'v$',
        };
      }),
    inputs: [dy, first ?? mask],
    shape: [batch * time, padded],
    dtype: 'float32',
  });
  return scratch.view(view);
}

/** The gradients of every step, by name. */
type Gradients = Readonly<Record<string, History>>;

/** Walks the steps back, one launch each; block `i` holds the gradients of step `i`. */
function walkBack(call: Call, trace: Trace, given: OutputGradients, scratch: Scratch): Gradients {
  const { gl, store, cell, activations, grid, inputs, attributes } = call;
  const { batch, time, units4 } = grid;
  const { mask, recurrentDropoutMask } = inputs;
  const texture = (view: GpuView): TextureBlock => store.textureOf(call.name, view);
  const names = backResults(cell, mask !== undefined);
  const gradients: Gradients = Object.fromEntries(
    names.map((name) => {
      const history = newHistory(call);
      for (const block of history) scratch.block(block);
      return [name, history];
    }),
  );
  const dy = given.y && texture(outputGradient(call, given.y, trace, scratch));
  const dh = given.h && texture(padUnits(call, given.h, batch, scratch));
  const dc = cell.carriesCell && given.c ? texture(padUnits(call, given.c, batch, scratch)) : undefined;
  const keep = recurrentDropoutMask && texture(padUnits(call, recurrentDropoutMask, batch, scratch));
  const valid = mask && texture(mask);
  const options = {
    dy: dy !== undefined,
    dh: dh !== undefined,
    dc: dc !== undefined,
    mask: mask !== undefined,
    keep: keep !== undefined,
  };
  const programOf = (kind: BackStepOptions['kind']) =>
    gl.program(`back step|${callKey(call)}|${kind}|${Object.values(options).join('|')}`, () =>
      backStepText(cell, activations, grid, { ...options, kind }),
    );
  const targets = ([0, 1] as const).map((parity) =>
    gl.target(names.map((name) => (gradients[name] as History)[parity])),
  );
  for (let step = time - 1; step >= 0; step--) {
    const parity = (step % 2) as 0 | 1;
    const other = (1 - parity) as 0 | 1;
    const last = step === time - 1;
    const state = { neither: undefined, before: trace.h[parity], after: trace.h[other] }[cell.reads];
    const textures = [
      ...(last ? [dh] : laterTextures(call, trace, gradients, other, keep)),
      ...cell.saved.map((name) => (trace.saved[name] as History)[other]),
      state,
      ...(cell.carriesCell ? [last ? dc : gradients['dc']?.[other], trace.c?.[parity], trace.c?.[other]] : []),
      dy,
      valid,
    ].filter((block) => block !== undefined);
    const [next, before, after] = [step + 1, step, step + 1].map((index) => blockAt(grid, index)) as [Spot, Spot, Spot];
    const t = attributes.reverse ? time - 1 - step : step;
    const numbers = [next.x, next.y, before.x, before.y, after.x, after.y, t];
    const to = blockAt(grid, step);
    gl.draw(programOf(last ? 'last' : 'middle'), textures, numbers, targets[parity] as WebGLFramebuffer, {
      ...to,
      width: units4,
      height: batch,
    });
  }
  for (const target of targets) gl.deleteTarget(target);
  return gradients;
}

type Spot = ReturnType<typeof blockAt>;

/** What a step back reads of the step walked after it. */
function laterTextures(
  { cell, inputs }: Call,
  { recurrent }: Trace,
  gradients: Gradients,
  parity: 0 | 1,
  keep: TextureBlock | undefined,
): TextureBlock[] {
  const named = carriesThrough(cell, inputs.mask !== undefined)
    ? [...cell.recurrentSide, 'through']
    : cell.recurrentSide;
  return [
    recurrent,
    ...named.map((name) => (gradients[name] as History)[parity]),
    ...(keep === undefined ? [] : [keep]),
  ];
}

/** Returns the gradient of the initial state h. */
function initialGradient(call: Call, trace: Trace, gradients: Gradients, scratch: Scratch): GpuView {
  const { gl, store, cell, activations, grid, units, inputs } = call;
  const { mask, recurrentDropoutMask } = inputs;
  const keep =
    recurrentDropoutMask && store.textureOf(call.name, padUnits(call, recurrentDropoutMask, grid.batch, scratch));
  const options = { dy: false, dh: false, dc: false, mask: mask !== undefined, keep: keep !== undefined };
  const program = gl.program(`back step|${callKey(call)}|initial|${Object.values(options).join('|')}`, () =>
    backStepText(cell, activations, grid, { ...options, kind: 'initial' }),
  );
  const padded = paddedUnits(call);
  const block = gl.textures.take(grid.batch * padded);
  const { x, y } = blockAt(grid, 0);
  const textures = laterTextures(call, trace, gradients, 0, keep);
  gl.draw(program, textures, [x, y, 0, 0, 0, 0, 0], block.framebuffer, { ...block, x: 0, y: 0 });
  const rows = store.adopt(block, [grid.batch, padded], 'float32', []);
  return cropUnits(call, rows, [grid.batch, units]);
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
  const { store, cell, grid, features, units, inputs } = call;
  const { batch, time } = grid;
  const gradients = walkBack(call, trace, given, scratch);
  const padded = paddedUnits(call);
  const width = cell.gates * padded;
  const rowsOf = (names: readonly string[]): GpuView =>
    scratch.view(
      collect(
        call,
        names.map((name) => gradients[name] as History),
        { offset: 0, keep: false, blank: 'never' },
        [],
      ),
    );
  const recurrentNeeded = needs.has('recurrentKernel') || (needs.has('bias') && cell.recurrentBias);
  const shared = cell.inputSide.join() === cell.recurrentSide.join();
  const inputNeeded = needs.has('x') || needs.has('kernel') || needs.has('bias');
  const inputRows = inputNeeded || (shared && recurrentNeeded) ? rowsOf(cell.inputSide) : undefined;
  const recurrentRows = shared || !recurrentNeeded ? inputRows : rowsOf(cell.recurrentSide);
  const result: InputGradients = {};
  if (needs.has('x') && inputRows !== undefined) result.x = inputGradient(call, inputRows, scratch);
  if (needs.has('kernel') && inputRows !== undefined) {
    const x = trace.entered ?? reshaped(inputs.x, [batch * time, features]);
    result.kernel = cropUnits(call, matmul(store, x, inputRows, columns), [features, cell.gates * units]);
  }
  if (needs.has('recurrentKernel') && recurrentRows !== undefined) {
    const { recurrentDropoutMask } = inputs;
    const further = recurrentDropoutMask ? [padUnits(call, recurrentDropoutMask, batch, scratch)] : [];
    const h = scratch.view(
      collect(call, [trace.h], { offset: 0, keep: recurrentDropoutMask !== undefined, blank: 'never' }, further),
    );
    const product = matmul(store, h, recurrentRows, columns);
    result.recurrentKernel = cropRows(call, product, [units, cell.gates * units]);
  }
  if (needs.has('bias') && inputs.bias !== undefined && inputRows !== undefined) {
    const sides = cell.recurrentBias ? [inputRows, recurrentRows as GpuView] : [inputRows];
    const sums = sides.map((rows) =>
      cropUnits(call, reshaped(reduceKernel(store, 'sum', rows, [0]), [width]), [1, cell.gates * units]),
    );
    result.bias = reshaped(joined(call, sums), inputs.bias.shape);
  }
  if (needs.has('h0')) result.h0 = initialGradient(call, trace, gradients, scratch);
  if (needs.has('c0')) result.c0 = readBlock(call, gradients['dc'] as History, 0);
  return result;
}

/** The gradient of x: through the kernel, then through the dropout of x. */
function inputGradient(call: Call, rows: GpuView, scratch: Scratch): GpuView {
  const { store, cell, grid, features, inputs } = call;
  const { batch, time } = grid;
  const width = cell.gates * paddedUnits(call);
  const kernel = reshaped(padUnits(call, inputs.kernel, features * cell.gates, scratch), [features, width]);
  const dx = matmul(store, rows, kernel, { transposeA: false, transposeB: true });
  const shape = [batch, time, features];
  const { dropoutMask } = inputs;
  if (dropoutMask === undefined) return reshaped(dx, shape);
  scratch.view(dx);
  const walks = [
    { view: dx, walk: { dims: [sizeOf(shape)], strides: [1], start: 0 } },
    { view: dropoutMask, walk: { dims: shape, strides: [features, 0, 1], start: 0 } },
  ];
  return mapWalks(store, call.name, walks, (a, b) => `${a} * ${b}`, { shape, dtype: 'float32' }, 'mul');
}

/** Returns the first rows and units of a product whose rows and units are filled up. */
function cropRows(call: Call, product: GpuView, shape: readonly number[]): GpuView {
  // The rows left out come last, so a copy of the first ones, unit by unit, leaves them out.
  return cropUnits(call, product, shape);
}

/** Returns the rows below each other; frees them where they were copied. */
function joined(call: Call, rows: readonly GpuView[]): GpuView {
  const [first, ...rest] = rows as [GpuView, ...GpuView[]];
  if (rest.length === 0) return first;
  const result = call.store.run({
    where: call.name,
    key: `join|${first.shape[1]}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element'], 0, '', (lane) => {
        const at = elementIndex(lanes, lane);
        const width = first.shape[1] as number;
        return {
          statements: `let v$ = 0; if (${at} < ${width}) { v$ = a[${at}]; } else { v$ = b[${at} - ${width}]; }`,
          value: 'v$',
        };
      }),
    inputs: rows,
    shape: [2, first.shape[1] as number],
    dtype: 'float32',
  });
  for (const { handle } of rows) call.store.free(handle);
  return result;
}
