import {
  type Backend,
  BackendError,
  type BinaryKind,
  broadcastShapes,
  type DType,
  defineBackend,
  type Kernels,
  OptionError,
  type Shape,
  sizeOf,
  stridesOf,
  type UnaryKind,
  type View,
} from '@lstm/core';

/** What this backend keeps of a tensor, its handle: the numbers row by row in a plain array; nothing after `free`. */
interface Cells {
  numbers: number[] | undefined;
}

type PlainView = View<Cells>;

// ── From host to backend and back ─────────────────────────────────────────────────────────────────────────────────────────

/** A plain array holds float64; this makes its numbers those of a dtype. Sums of int32 wrap around. */
const rounded: Readonly<Record<DType, (x: number) => number>> = {
  float32: Math.fround,
  int32: (x) => x | 0,
  float64: (x) => x,
};

function newView(numbers: readonly number[], shape: Shape, dtype: DType): PlainView {
  return { handle: { numbers: numbers.map(rounded[dtype]) }, shape, dtype };
}

function numbersOf({ handle }: PlainView): number[] {
  if (handle.numbers !== undefined) return handle.numbers;
  throw new BackendError('example', 'a buffer was used after free.', 'A handle is freed after its last use.');
}

// ── Where elements lie ────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The one idea behind all kernels that move elements: for each position of `shape`, row by row, `start + Σ position · step`. A
 * step of 0 repeats elements along that axis.
 */
function offsets(shape: Shape, steps: readonly number[], start = 0): number[] {
  const [length, ...rest] = shape;
  if (length === undefined) return [start];
  const [step = 0, ...inner] = steps;
  return Array.from({ length }, (_, i) => offsets(rest, inner, start + i * step)).flat();
}

/** The numbers of `x`, repeated to fill `shape` as broadcasting says: axes are aligned at the end, those of length 1 repeat. */
function broadcast(x: PlainView, shape: Shape): number[] {
  const added = shape.length - x.shape.length;
  const strides = stridesOf(x.shape);
  const steps = shape.map((_, axis) => (axis < added || x.shape[axis - added] === 1 ? 0 : strides[axis - added]!));
  const numbers = numbersOf(x);
  return offsets(shape, steps).map((offset) => numbers[offset]!);
}

function copied(x: PlainView, shape: Shape, steps: readonly number[], start = 0): PlainView {
  const numbers = numbersOf(x);
  return newView(
    offsets(shape, steps, start).map((offset) => numbers[offset]!),
    shape,
    x.dtype,
  );
}

// ── Functions of single elements ──────────────────────────────────────────────────────────────────────────────────────────

/** Abramowitz & Stegun 7.1.26: within 1.5e-7 of the error function, about what float32 can hold. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
}

const { abs, sign, exp, expm1, log, log1p, sqrt, floor, tanh, max, min } = Math;

const unaryFunctions: Readonly<Record<UnaryKind, (x: number) => number>> = {
  ...{ abs, sign, exp, expm1, log, log1p, sqrt, floor, tanh },
  neg: (x) => -x,
  recip: (x) => 1 / x,
  erf,
  relu: (x) => max(x, 0), // NaN stays NaN
  sigmoid: (x) => 1 / (1 + exp(-x)),
};

/** What int32 can't hold becomes −2³¹, as `cast` asks; `x | 0` alone would give 0 for NaN and wrap the rest around. */
function truncated(x: number): number {
  const whole = Math.trunc(x);
  return whole === (whole | 0) ? whole : -(2 ** 31);
}

const binaryFunctions: Readonly<Record<BinaryKind, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  max, // NaN wins, as the contract asks
  min,
  less: (a, b) => Number(a < b),
  equal: (a, b) => Number(a === b),
};

// ── The required kernels ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Throws for a row that the table does not have; a backend whose work runs later may also fail the next read. */
function checkRow(where: string, row: number, rows: number): void {
  if (row >= 0 && row < rows) return;
  throw new OptionError(where, `index ${row} is out of range.`, `There are ${rows} rows.`, 'Check the indices.');
}

const kernels: Kernels<Cells> = {
  fill: (shape, value, dtype) => newView(Array<number>(sizeOf(shape)).fill(value), shape, dtype),

  cast: (x, dtype) => newView(dtype === 'int32' ? numbersOf(x).map(truncated) : numbersOf(x), x.shape, dtype),

  unary: (kind, x) => newView(numbersOf(x).map(unaryFunctions[kind]), x.shape, x.dtype),

  binary(kind, a, b) {
    const shape = broadcastShapes(kind, a.shape, b.shape);
    const [left, right] = [broadcast(a, shape), broadcast(b, shape)];
    const compares = kind === 'less' || kind === 'equal';
    const dtype = compares && a.dtype === 'int32' ? 'float32' : a.dtype;
    return newView(
      left.map((value, i) => binaryFunctions[kind](value, right[i]!)),
      shape,
      dtype,
    );
  },

  select(condition, a, b) {
    const shape = broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape);
    const [left, right] = [broadcast(a, shape), broadcast(b, shape)];
    return newView(
      broadcast(condition, shape).map((choice, i) => (choice !== 0 ? left[i]! : right[i]!)),
      shape,
      a.dtype,
    );
  },

  reduce(kind, x, axes) {
    const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const strides = stridesOf(shape);
    const numbers = numbersOf(x);
    // Every element of x, in order, knows which element of the result it belongs to.
    const targets = offsets(
      x.shape,
      strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
    );
    if (kind === 'argmax') {
      const axis = axes[0]!;
      const stride = stridesOf(x.shape)[axis]!;
      const best = new Map<number, number>();
      numbers.forEach((value, i) => {
        const target = targets[i]!;
        const leader = numbers[best.get(target) ?? i]!;
        const wins = value > leader || (Number.isNaN(value) && !Number.isNaN(leader));
        if (wins || !best.has(target)) best.set(target, i);
      });
      const places = Array.from({ length: sizeOf(shape) }, (_, target) => best.get(target) ?? 0);
      return newView(
        places.map((place) => Math.floor(place / stride) % x.shape[axis]!),
        shape,
        'int32',
      );
    }
    const start = kind === 'sum' ? 0 : x.dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY;
    const result = Array<number>(sizeOf(shape)).fill(start);
    const combine = binaryFunctions[kind === 'sum' ? 'add' : 'max'];
    numbers.forEach((value, i) => {
      const target = targets[i]!;
      result[target] = combine(result[target]!, value);
    });
    return newView(result, shape, x.dtype);
  },

  matmul(a, b, { transposeA, transposeB }) {
    const batch = a.shape.slice(0, -2);
    const [m, k] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
    const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
    const [left, right] = [numbersOf(a), numbersOf(b)];
    const result: number[] = [];
    for (let matrix = 0; matrix < sizeOf(batch); matrix++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) {
            const fromLeft = matrix * m * k + (transposeA ? l * m + i : i * k + l);
            const fromRight = matrix * k * n + (transposeB ? j * k + l : l * n + j);
            sum += left[fromLeft]! * right[fromRight]!;
          }
          result.push(sum);
        }
      }
    }
    return newView(result, [...batch, m, n], a.dtype);
  },

  transpose(x, permutation) {
    const strides = stridesOf(x.shape);
    return copied(
      x,
      permutation.map((axis) => x.shape[axis]!),
      permutation.map((axis) => strides[axis]!),
    );
  },

  slice(x, begin, size) {
    const strides = stridesOf(x.shape);
    const start = begin.reduce((sum, from, axis) => sum + from * strides[axis]!, 0);
    return copied(x, size, strides, start);
  },

  concat(xs, axis) {
    const [first] = xs as readonly [PlainView];
    const length = xs.reduce((sum, x) => sum + x.shape[axis]!, 0);
    const shape = first.shape.with(axis, length);
    const strides = stridesOf(shape);
    const result: number[] = [];
    let filled = 0;
    for (const x of xs) {
      const numbers = numbersOf(x);
      offsets(x.shape, strides, filled * strides[axis]!).forEach((offset, i) => {
        result[offset] = numbers[i]!;
      });
      filled += x.shape[axis]!;
    }
    return newView(result, shape, first.dtype);
  },

  gather(table, indices) {
    const [rows, ...rest] = table.shape as readonly [number, ...number[]];
    const width = sizeOf(rest);
    const numbers = numbersOf(table);
    const result = numbersOf(indices).flatMap((row) => {
      checkRow('gather', row, rows);
      return numbers.slice(row * width, (row + 1) * width);
    });
    return newView(result, [...indices.shape, ...rest], table.dtype);
  },

  scatterAdd(indices, updates, rows) {
    const rest = updates.shape.slice(indices.shape.length);
    const width = sizeOf(rest);
    const result = Array<number>(rows * width).fill(0);
    const numbers = numbersOf(updates);
    numbersOf(indices).forEach((row, i) => {
      checkRow('scatterAdd', row, rows);
      for (let j = 0; j < width; j++) result[row * width + j]! += numbers[i * width + j]!;
    });
    return newView(result, [rows, ...rest], updates.dtype);
  },
};

// ── The backend ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Returns a backend that computes with plain arrays, at once, on the calling thread. Slow, and complete: it runs every op. */
export function exampleBackend(): Backend {
  return defineBackend<Cells>({
    apiVersion: 1,
    name: 'example',
    dtypes: new Set<DType>(['float32', 'int32']),
    precision: 'float32',
    computesOnCaller: true,
    kernels,
    upload: (data, shape) => newView([...data], shape, data instanceof Int32Array ? 'int32' : 'float32'),
    read: async (view) => (view.dtype === 'int32' ? Int32Array : Float32Array).from(numbersOf(view)),
    free(handle) {
      handle.numbers = undefined;
    },
    dispose() {},
  });
}
