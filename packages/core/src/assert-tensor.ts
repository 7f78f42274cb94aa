import { describeValue } from './describe-value.ts';
import { checkFloat } from './dtype.ts';
import { DTypeError, OptionError } from './errors.ts';
import { Tensor } from './tensor.ts';

/**
 * @internal Throws unless `x` is a tensor that was not disposed: programs without types pass lists, as other libraries take them.
 */
export function assertTensor(where: string, name: string, x: Tensor): void {
  if (x instanceof Tensor) {
    x.assertLive(where);
    return;
  }
  const fix = 'Make one of a list, a typed array or a host array: tensor([[1, 2]]).';
  throw new OptionError(where, `${name} is ${describeValue(x)}.`, 'Ops take tensors.', fix);
}

/** @internal Throws unless `xs` is a list of tensors that were not disposed; other libraries take some one by one. */
export function assertTensors(where: string, name: string, xs: readonly Tensor[]): void {
  if (!Array.isArray(xs)) {
    throw new OptionError(where, `${name} is ${describeValue(xs)}.`, `${name} is a list of tensors.`, 'Write [x, y].');
  }
  for (const x of xs) assertTensor(where, 'an input', x);
}

/** @internal Throws unless `x` is a tensor of a floating-point type. */
export function assertFloat(where: string, name: string, x: Tensor): void {
  assertTensor(where, name, x);
  checkFloat(where, name, x.dtype);
}

/** @internal Throws unless `x` is a tensor of int32, the type of indices. */
export function assertIndex(where: string, name: string, x: Tensor): void {
  assertTensor(where, name, x);
  if (x.dtype !== 'int32') {
    throw new DTypeError(where, `${name} is ${x.dtype}.`, 'Indices are int32.', `Convert it: cast(${name}, 'int32').`);
  }
}
