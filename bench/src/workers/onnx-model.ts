import type { HostArray } from '@lstm/core';
import type { Arrays } from '../arrays.ts';
import type { Workload } from '../workloads.ts';
import { encodeModel } from './onnx-schema.ts';

const floatType = 1;
const int64Type = 7;
const integerAttribute = 2;

/** Our gates i, f, c, o as ONNX packs them: i, o, f, c. */
const gateOrder = [0, 3, 1, 2];

/** Returns `[rows, 4·units]` as `[4·units, rows]` with the gates in the order of ONNX. */
export function onnxWeights({ data, shape }: HostArray, units: number): Float32Array {
  const rows = shape.length === 1 ? 1 : (shape[0] as number);
  const result = new Float32Array(data.length);
  for (const [place, gate] of gateOrder.entries()) {
    for (let unit = 0; unit < units; unit++) {
      for (let row = 0; row < rows; row++) {
        result[(place * units + unit) * rows + row] = data[row * 4 * units + gate * units + unit] as number;
      }
    }
  }
  return result;
}

function tensor(name: string, dims: readonly number[], values: Float32Array | BigInt64Array): object {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType: values instanceof Float32Array ? floatType : int64Type, rawData };
}

function floats(name: string, dims: readonly number[]): object {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: floatType, shape } } };
}

/**
 * Returns an ONNX model of the LSTM layers of an inference: input `x` `[time, batch, features]` and for a stream `h` and `c`
 * `[1, batch, units]`; outputs `h1` and `c1`, the last states of the last layer.
 */
export function onnxModel({ layers, batch, time, features, streaming }: Workload, arrays: Arrays): Uint8Array {
  const node: object[] = [];
  const initializer: object[] = [tensor('directions', [1], BigInt64Array.of(1n))];
  let width = features;
  let x = 'x';
  for (const [index, layer] of layers.entries()) {
    if (layer.kind !== 'lstm') throw new Error(`an ONNX model of a ${layer.kind} layer is not needed so far`);
    const { units } = layer;
    const values = (name: string): Float32Array => onnxWeights(arrays[`${index}.${name}`] as HostArray, units);
    const bias = new Float32Array(8 * units);
    bias.set(values('bias'));
    initializer.push(
      tensor(`W${index}`, [1, 4 * units, width], values('kernel')),
      tensor(`R${index}`, [1, 4 * units, units], values('recurrentKernel')),
      tensor(`B${index}`, [1, 8 * units], bias),
    );
    const last = index === layers.length - 1;
    node.push({
      opType: 'LSTM',
      name: `lstm${index}`,
      input: [x, `W${index}`, `R${index}`, `B${index}`, ...(streaming ? ['', 'h', 'c'] : [])],
      output: last ? ['', 'h1', 'c1'] : [`directed${index}`],
      attribute: [{ name: 'hidden_size', i: units, type: integerAttribute }],
    });
    if (!last) {
      x = `y${index}`;
      node.push({ opType: 'Squeeze', name: x, input: [`directed${index}`, 'directions'], output: [x] });
    }
    width = units;
  }
  const state = [1, batch, width];
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'network',
      node,
      initializer,
      input: [floats('x', [time, batch, features]), ...(streaming ? [floats('h', state), floats('c', state)] : [])],
      output: [floats('h1', state), floats('c1', state)],
    },
  });
}
