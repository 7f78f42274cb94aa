import { dtypeOf, formatShape, type HostArray, type Parameter, sameShape, type Tensor, tensor } from '@lstm/core';
import { modelError } from './format.ts';

/** As many misfits as an error lists. */
const listed = 10;

/** Advice where a file is to fit a network made in code. */
export const sameNetwork =
  'Make the layers, names and sizes those that were saved, or load the whole model: loadModel(bytes).';

type Tensors = ReadonlyMap<string, HostArray>;

/**
 * Gives every parameter the tensor of its name: all of them, or none when something does not fit.
 *
 * @throws FormatError that lists what does not fit
 */
export function assignWeights(where: string, parameters: readonly Parameter[], tensors: Tensors, fix: string): void {
  const misfits = misfitsOf(parameters, tensors);
  if (misfits.length > 0) {
    const more = misfits.length > listed ? `; and ${misfits.length - listed} more` : '';
    throw modelError(
      where,
      `the file does not fit the network: ${misfits.slice(0, listed).join('; ')}${more}.`,
      'Every parameter takes the tensor of its name and shape, and no tensor is left over; nothing was changed.',
      fix,
    );
  }
  const uploaded: Tensor[] = [];
  try {
    // All uploads come before the first assignment: one that fails leaves the network as it was.
    for (const { name, shape, dtype, backend } of parameters) {
      uploaded.push(tensor(tensors.get(name) as HostArray, { shape, dtype, backend }));
    }
    parameters.forEach((parameter, i) => {
      parameter.assign(uploaded[i] as Tensor);
    });
  } finally {
    for (const each of uploaded) each.dispose();
  }
}

function misfitsOf(parameters: readonly Parameter[], tensors: Tensors): string[] {
  const known = new Set(parameters.map(({ name }) => name));
  const misfits = parameters.flatMap(({ name, shape, dtype }) => {
    const found = tensors.get(name);
    if (found === undefined) return [`${name} ${formatShape(shape)} is missing in the file`];
    if (!sameShape(found.shape, shape)) {
      return [`${name} is ${formatShape(found.shape)} in the file and ${formatShape(shape)} in the network`];
    }
    // Between float32 and float64 values are rounded; whole numbers mean something else.
    const fits = (dtypeOf(found.data) === 'int32') === (dtype === 'int32');
    return fits ? [] : [`${name} is ${dtypeOf(found.data)} in the file and ${dtype} in the network`];
  });
  const left = [...tensors].filter(([name]) => !known.has(name));
  return [...misfits, ...left.map(([name, { shape }]) => `${name} ${formatShape(shape)} is not in the network`)];
}
