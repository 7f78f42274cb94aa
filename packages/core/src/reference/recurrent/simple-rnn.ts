import type { FusedKernel, RecurrentAttributes, RecurrentInputs, RecurrentOutputs } from '../../backend/fused.ts';
import { dataOf, type HostView } from '../buffer.ts';
import { scalarActivations } from './activation.ts';
import { columnSums, projectionGradients } from './gradients.ts';
import { addRecurrent, addRecurrentGradients, enter } from './rows.ts';
import { finalState, openSequence, projections, type Sequence, stateHistory, toView, valuesOf } from './sequence.ts';
import { walkBackward, walkForward } from './walk.ts';

interface Saved {
  readonly sequence: Sequence;
  readonly attributes: RecurrentAttributes;
  readonly h: Float64Array;
}

type Inputs = RecurrentInputs<HostView>;
type Outputs = RecurrentOutputs<HostView>;

function forward(inputs: Inputs, attributes: RecurrentAttributes): { outputs: Outputs; saved: Saved } {
  const sequence = openSequence(inputs, attributes);
  const { units, width, recurrentKernel, recurrentDropoutMask } = sequence;
  const { apply: activate } = scalarActivations[attributes.activation];
  const z = projections(sequence, inputs.bias && valuesOf(inputs.bias));
  const h = stateHistory(sequence, inputs.h0);
  const entering = new Float64Array(units);
  const all = { width, from: 0, count: width };
  const y = walkForward(sequence, [h], ({ row, before, after, unit }) => {
    enter(entering, h, before, recurrentDropoutMask, unit);
    addRecurrent(z, row * width, entering, recurrentKernel, all);
    for (let j = 0; j < units; j++) h[after + j] = activate(z[row * width + j] as number);
  });
  return { outputs: { y, h: finalState(sequence, h) }, saved: { sequence, attributes, h } };
}

function backward(
  { sequence, attributes, h }: Saved,
  gradients: Partial<Outputs>,
  needs: ReadonlySet<keyof Inputs>,
): Partial<Inputs> {
  const { batch, time, units, width, dtype, recurrentKernel, recurrentDropoutMask } = sequence;
  const { slope } = scalarActivations[attributes.activation];
  const dh = gradients.h ? Float64Array.from(dataOf(gradients.h)) : new Float64Array(batch * units);
  const dz = new Float64Array(batch * time * width);
  const dRecurrentKernel = new Float64Array(units * width);
  const [entering, dEntering] = [new Float64Array(units), new Float64Array(units)];
  const all = { width, from: 0, count: width };
  walkBackward(sequence, gradients.y && valuesOf(gradients.y), dh, ({ row, before, after, unit }) => {
    const z = row * width;
    for (let j = 0; j < units; j++) dz[z + j] = (dh[unit + j] as number) * slope(h[after + j] as number);
    enter(entering, h, before, recurrentDropoutMask, unit);
    dEntering.fill(0);
    addRecurrentGradients(dz, z, entering, recurrentKernel, all, dEntering, dRecurrentKernel);
    enter(dh.subarray(unit, unit + units), dEntering, 0, recurrentDropoutMask, unit);
  });
  const result: { -readonly [Name in keyof Inputs]?: HostView } = projectionGradients(sequence, dz, needs);
  if (needs.has('recurrentKernel')) result.recurrentKernel = toView(dRecurrentKernel, [units, width], dtype);
  if (needs.has('bias')) result.bias = toView(columnSums(dz, width), [width], dtype);
  if (needs.has('h0')) result.h0 = toView(dh, [batch, units], dtype);
  return result;
}

/** The fused simple RNN in plain loops. */
export const simpleRnnKernel: FusedKernel<Inputs, RecurrentAttributes, Outputs, Saved> = {
  forward,
  backward,
  release() {},
};
