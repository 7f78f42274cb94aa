import type { FusedKernel, GruAttributes, RecurrentInputs, RecurrentOutputs } from '../../backend/fused.ts';
import { dataOf, type HostView } from '../buffer.ts';
import { scalarActivations } from './activation.ts';
import { columnSums, projectionGradients } from './gradients.ts';
import { addRecurrent, addRecurrentGradients, enter } from './rows.ts';
import { finalState, openSequence, projections, type Sequence, stateHistory, toView, valuesOf } from './sequence.ts';
import { walkBackward, walkForward } from './walk.ts';

interface Saved {
  readonly sequence: Sequence;
  readonly attributes: GruAttributes;
  /** Activated gates z, r, h `[batch · time, 3·units]` */
  readonly gates: Float64Array;
  /** With `resetAfter` the candidate's recurrent part before the reset `[batch · time, units]`. */
  readonly candidates: Float64Array;
  readonly h: Float64Array;
}

type Inputs = RecurrentInputs<HostView>;
type Outputs = RecurrentOutputs<HostView>;

function forward(inputs: Inputs, attributes: GruAttributes): { outputs: Outputs; saved: Saved } {
  const sequence = openSequence(inputs, attributes);
  const { batch, time, units, width, recurrentKernel, recurrentDropoutMask } = sequence;
  const { resetAfter } = attributes;
  const { apply: activate } = scalarActivations[attributes.activation];
  const { apply: gate } = scalarActivations[attributes.recurrentActivation];
  const bias = inputs.bias && valuesOf(inputs.bias);
  const gates = projections(sequence, bias);
  const candidates = new Float64Array(resetAfter ? batch * time * units : 0);
  const h = stateHistory(sequence, inputs.h0);
  const entering = new Float64Array(units);
  const zAndR = { width, from: 0, count: 2 * units };
  const candidate = { width, from: 2 * units, count: units };
  const y = walkForward(sequence, [h], ({ row, before, after, unit }) => {
    enter(entering, h, before, recurrentDropoutMask, unit);
    const z = row * width;
    addRecurrent(gates, z, entering, recurrentKernel, zAndR);
    for (let j = 0; j < 2 * units; j++) {
      const recurrentBias = resetAfter ? (bias?.[width + j] ?? 0) : 0;
      gates[z + j] = gate((gates[z + j] as number) + recurrentBias);
    }
    if (resetAfter) {
      const at = row * units;
      for (let j = 0; j < units; j++) candidates[at + j] = bias?.[width + 2 * units + j] ?? 0;
      addRecurrent(candidates, at, entering, recurrentKernel, candidate);
      for (let j = 0; j < units; j++) {
        const reset = (gates[z + units + j] as number) * (candidates[at + j] as number);
        gates[z + 2 * units + j] = (gates[z + 2 * units + j] as number) + reset;
      }
    } else {
      for (let j = 0; j < units; j++) entering[j] = (entering[j] as number) * (gates[z + units + j] as number);
      addRecurrent(gates, z + 2 * units, entering, recurrentKernel, candidate);
    }
    for (let j = 0; j < units; j++) {
      const update = gates[z + j] as number;
      const proposed = activate(gates[z + 2 * units + j] as number);
      gates[z + 2 * units + j] = proposed;
      h[after + j] = update * (h[before + j] as number) + (1 - update) * proposed;
    }
  });
  return { outputs: { y, h: finalState(sequence, h) }, saved: { sequence, attributes, gates, candidates, h } };
}

function backward(
  { sequence, attributes, gates, candidates, h }: Saved,
  gradients: Partial<Outputs>,
  needs: ReadonlySet<keyof Inputs>,
): Partial<Inputs> {
  const { batch, time, units, width, dtype, recurrentKernel, recurrentDropoutMask } = sequence;
  const { resetAfter } = attributes;
  const activation = scalarActivations[attributes.activation];
  const gate = scalarActivations[attributes.recurrentActivation];
  const dh = gradients.h ? Float64Array.from(dataOf(gradients.h)) : new Float64Array(batch * units);
  const dz = new Float64Array(batch * time * width);
  const dRecurrentKernel = new Float64Array(units * width);
  const dRecurrentBias = new Float64Array(width);
  const [entering, reset, dEntering, dReset] = [0, 1, 2, 3].map(() => new Float64Array(units)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  // Gradient of the recurrent product of one step; differs from that of the input's product by the reset gate.
  const dProduct = new Float64Array(width);
  const zAndR = { width, from: 0, count: 2 * units };
  const candidate = { width, from: 2 * units, count: units };
  walkBackward(sequence, gradients.y && valuesOf(gradients.y), dh, ({ row, before, unit }) => {
    const z = row * width;
    enter(entering, h, before, recurrentDropoutMask, unit);
    dEntering.fill(0);
    dReset.fill(0);
    for (let j = 0; j < units; j++) {
      const update = gates[z + j] as number;
      const proposed = gates[z + 2 * units + j] as number;
      const dState = dh[unit + j] as number;
      dz[z + j] = dState * ((h[before + j] as number) - proposed) * gate.slope(update);
      dz[z + 2 * units + j] = dState * (1 - update) * activation.slope(proposed);
      dh[unit + j] = dState * update;
    }
    if (!resetAfter) {
      for (let j = 0; j < units; j++) reset[j] = (entering[j] as number) * (gates[z + units + j] as number);
      addRecurrentGradients(dz, z + 2 * units, reset, recurrentKernel, candidate, dReset, dRecurrentKernel);
    }
    for (let j = 0; j < units; j++) {
      const r = gates[z + units + j] as number;
      const dCandidate = dz[z + 2 * units + j] as number;
      const throughReset = resetAfter
        ? dCandidate * (candidates[row * units + j] as number)
        : (dReset[j] as number) * (entering[j] as number);
      dz[z + units + j] = throughReset * gate.slope(r);
      dProduct[j] = dz[z + j] as number;
      dProduct[units + j] = dz[z + units + j] as number;
      dProduct[2 * units + j] = dCandidate * r;
      dEntering[j] = resetAfter ? 0 : (dReset[j] as number) * r;
    }
    const block = resetAfter ? { width, from: 0, count: width } : zAndR;
    addRecurrentGradients(dProduct, 0, entering, recurrentKernel, block, dEntering, dRecurrentKernel);
    for (let j = 0; j < width; j++) dRecurrentBias[j] = (dRecurrentBias[j] as number) + (dProduct[j] as number);
    for (let j = 0; j < units; j++) {
      const through = (dEntering[j] as number) * (recurrentDropoutMask?.[unit + j] ?? 1);
      dh[unit + j] = (dh[unit + j] as number) + through;
    }
  });
  const result: { -readonly [Name in keyof Inputs]?: HostView } = projectionGradients(sequence, dz, needs);
  if (needs.has('recurrentKernel')) result.recurrentKernel = toView(dRecurrentKernel, [units, width], dtype);
  if (needs.has('bias')) {
    const dBias = columnSums(dz, width);
    const both = Float64Array.from([...dBias, ...dRecurrentBias]);
    result.bias = resetAfter ? toView(both, [2, width], dtype) : toView(dBias, [width], dtype);
  }
  if (needs.has('h0')) result.h0 = toView(dh, [batch, units], dtype);
  return result;
}

/** The fused GRU in plain loops, both reset modes. */
export const gruKernel: FusedKernel<Inputs, GruAttributes, Outputs, Saved> = { forward, backward, release() {} };
