import type { FusedKernel, LstmAttributes, LstmInputs, LstmOutputs } from '../../backend/fused.ts';
import { dataOf, type HostView } from '../buffer.ts';
import { scalarActivations } from './activation.ts';
import { columnSums, projectionGradients } from './gradients.ts';
import { addRecurrent, addRecurrentGradients, enter } from './rows.ts';
import { finalState, openSequence, projections, type Sequence, stateHistory, toView, valuesOf } from './sequence.ts';
import { walkBackward, walkForward } from './walk.ts';

interface Saved {
  readonly sequence: Sequence;
  readonly attributes: LstmAttributes;
  /** Activated gates i, f, c, o `[batch · time, 4·units]` */
  readonly gates: Float64Array;
  readonly h: Float64Array;
  readonly c: Float64Array;
}

type Inputs = LstmInputs<HostView>;
type Outputs = LstmOutputs<HostView>;

function forward(inputs: Inputs, attributes: LstmAttributes): { outputs: Outputs; saved: Saved } {
  const sequence = openSequence(inputs, attributes);
  const { units, width, recurrentKernel, recurrentDropoutMask } = sequence;
  const { apply: activate } = scalarActivations[attributes.activation];
  const { apply: gate } = scalarActivations[attributes.recurrentActivation];
  const gates = projections(sequence, inputs.bias && valuesOf(inputs.bias));
  const h = stateHistory(sequence, inputs.h0);
  const c = stateHistory(sequence, inputs.c0);
  const entering = new Float64Array(units);
  const all = { width, from: 0, count: width };
  const y = walkForward(sequence, [h, c], ({ row, before, after, unit }) => {
    enter(entering, h, before, recurrentDropoutMask, unit);
    const z = row * width;
    addRecurrent(gates, z, entering, recurrentKernel, all);
    for (let j = 0; j < units; j++) {
      const iAt = z + j;
      const fAt = iAt + units;
      const gAt = fAt + units;
      const oAt = gAt + units;
      const i = gate(gates[iAt] as number);
      const f = gate(gates[fAt] as number);
      const g = activate(gates[gAt] as number);
      const o = gate(gates[oAt] as number);
      const next = f * (c[before + j] as number) + i * g;
      gates[iAt] = i;
      gates[fAt] = f;
      gates[gAt] = g;
      gates[oAt] = o;
      c[after + j] = next;
      h[after + j] = o * activate(next);
    }
  });
  const outputs = { y, h: finalState(sequence, h), c: finalState(sequence, c) };
  return { outputs, saved: { sequence, attributes, gates, h, c } };
}

function backward(
  { sequence, attributes, gates, h, c }: Saved,
  gradients: Partial<Outputs>,
  needs: ReadonlySet<keyof Inputs>,
): Partial<Inputs> {
  const { batch, time, units, width, dtype, recurrentKernel, recurrentDropoutMask } = sequence;
  const activation = scalarActivations[attributes.activation];
  const gate = scalarActivations[attributes.recurrentActivation];
  const dh = gradients.h ? Float64Array.from(dataOf(gradients.h)) : new Float64Array(batch * units);
  const dc = gradients.c ? Float64Array.from(dataOf(gradients.c)) : new Float64Array(batch * units);
  const dz = new Float64Array(batch * time * width);
  const dRecurrentKernel = new Float64Array(units * width);
  const [entering, dEntering] = [new Float64Array(units), new Float64Array(units)];
  const all = { width, from: 0, count: width };
  walkBackward(sequence, gradients.y && valuesOf(gradients.y), dh, ({ row, before, after, unit }) => {
    const z = row * width;
    for (let j = 0; j < units; j++) {
      const iAt = z + j;
      const fAt = iAt + units;
      const gAt = fAt + units;
      const oAt = gAt + units;
      const i = gates[iAt] as number;
      const f = gates[fAt] as number;
      const g = gates[gAt] as number;
      const o = gates[oAt] as number;
      const activated = activation.apply(c[after + j] as number);
      const dOutput = dh[unit + j] as number;
      const dCell = (dc[unit + j] as number) + dOutput * o * activation.slope(activated);
      dz[iAt] = dCell * g * gate.slope(i);
      dz[fAt] = dCell * (c[before + j] as number) * gate.slope(f);
      dz[gAt] = dCell * i * activation.slope(g);
      dz[oAt] = dOutput * activated * gate.slope(o);
      dc[unit + j] = dCell * f;
    }
    enter(entering, h, before, recurrentDropoutMask, unit);
    dEntering.fill(0);
    addRecurrentGradients(dz, z, entering, recurrentKernel, all, dEntering, dRecurrentKernel);
    enter(dh.subarray(unit, unit + units), dEntering, 0, recurrentDropoutMask, unit);
  });
  const result: { -readonly [Name in keyof Inputs]?: HostView } = projectionGradients(sequence, dz, needs);
  if (needs.has('recurrentKernel')) result.recurrentKernel = toView(dRecurrentKernel, [units, width], dtype);
  if (needs.has('bias')) result.bias = toView(columnSums(dz, width), [width], dtype);
  if (needs.has('h0')) result.h0 = toView(dh, [batch, units], dtype);
  if (needs.has('c0')) result.c0 = toView(dc, [batch, units], dtype);
  return result;
}

/** The fused LSTM in plain loops: `y`, and the gradients by back-propagation through time (Werbos 1990). */
export const lstmKernel: FusedKernel<Inputs, LstmAttributes, Outputs, Saved> = { forward, backward, release() {} };
