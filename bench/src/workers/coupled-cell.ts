import {
  add,
  glorotUniform,
  linear,
  matmul,
  mul,
  orthogonalInitializer,
  type Parameter,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  zerosInitializer,
} from '@lstm/core';
import { Cell, type PartialShape } from '@lstm/layers';

/** An LSTM whose input gate is what the forget gate leaves over (Greff et al. 2017), in ordinary ops: no kernel knows it. */
export class CoupledCell extends Cell {
  readonly type: string = 'coupledCell';
  readonly outputSize: number;
  readonly stateSizes: readonly number[];
  #weights: readonly Parameter[] = [];

  constructor(units: number) {
    super('coupledCell');
    this.outputSize = units;
    this.stateSizes = [units, units];
  }

  protected override create([shape]: readonly PartialShape[]): void {
    const units = this.outputSize;
    this.#weights = [
      this.addParameter({ name: 'kernel', shape: [shape?.at(-1) as number, 3 * units], initializer: glorotUniform }),
      this.addParameter({ name: 'recurrentKernel', shape: [units, 3 * units], initializer: orthogonalInitializer }),
      this.addParameter({ name: 'bias', shape: [3 * units], initializer: zerosInitializer }),
    ];
  }

  protected forward([x, h, c]: readonly Tensor[]): readonly Tensor[] {
    const [kernel, recurrentKernel, bias] = this.#weights as [Parameter, Parameter, Parameter];
    const gates = add(linear(x as Tensor, kernel.weight, bias.value), matmul(h as Tensor, recurrentKernel.weight));
    const [f, candidate, o] = split(gates, 3, { axis: -1 }) as [Tensor, Tensor, Tensor];
    const forget = sigmoid(f);
    const state = add(mul(forget, c as Tensor), mul(sub(1, forget), tanh(candidate)));
    const shown = mul(sigmoid(o), tanh(state));
    return [shown, shown, state];
  }
}
