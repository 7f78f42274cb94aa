import { checkedBackend, getBackend } from './backend/define.ts';
import type { Backend } from './backend/types.ts';
import { tensor } from './create.ts';
import { describeValue } from './describe-value.ts';
import { type DType, withinMemory } from './dtype.ts';
import { BackendMismatchError, DisposedError, DTypeError, OptionError, ShapeError } from './errors.ts';
import { GradNode } from './graph.ts';
import { type HostArray, isHostArray } from './host-array.ts';
import { roundToBfloat16 } from './ops/round-to-bfloat16.ts';
import { checkFunction, checkOptions } from './options.ts';
import { releaseFromScope } from './scope.ts';
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from './shape.ts';
import { storageOf } from './storage.ts';
import { Tensor } from './tensor.ts';
import { weightPrecision } from './weight-precision.ts';

/** Options of a {@link Parameter}. */
export interface ParameterOptions {
  /** Stable name such as `lstm/kernel`; seeds its initial values and names it in saved models. */
  readonly name: string;
  readonly shape: Shape;
  /** Default float32. */
  readonly dtype?: DType;
  /** False for slots that training does not change by gradients, such as carried states. Default true. */
  readonly trainable?: boolean;
  /** Makes the initial values; called at the first use and never when values were assigned before. */
  readonly initialize: () => HostArray;
  /** By default the one chosen with `useBackend` at the first use. */
  readonly backend?: Backend;
}

/**
 * A named slot that holds an immutable tensor and can be assigned another one.
 *
 * @example
 * ```ts
 * import { hostArray, Parameter, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weight = new Parameter({ name: 'weight', shape: [2], initialize: () => hostArray([1, 2]) });
 * weight.assign(hostArray([3, 4]));
 * console.log(await weight.value.array()); // => [ 3, 4 ]
 * ```
 */
export class Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether optimizers change it. Set false to freeze it. */
  trainable: boolean;
  readonly #initialize: () => HostArray;
  #backend: Backend | undefined;
  #value: Tensor | undefined;
  /** The values in bfloat16, until they change. */
  #rounded: Tensor | undefined;
  #disposed = false;

  constructor(options: ParameterOptions) {
    checkOptions('Parameter', options, ['name', 'shape', 'dtype', 'trainable', 'initialize', 'backend']);
    checkShape('Parameter', options.shape);
    checkFunction('Parameter', 'initialize', options.initialize);
    this.name = options.name;
    this.shape = [...options.shape];
    this.dtype = options.dtype ?? 'float32';
    this.trainable = options.trainable ?? true;
    this.#initialize = options.initialize;
    this.#backend = options.backend;
  }

  /** True when values were made or assigned. */
  get initialized(): boolean {
    return this.#value !== undefined;
  }

  /** The backend that holds the values, or will. */
  get backend(): Backend {
    return this.#value?.backend ?? this.#backend ?? getBackend();
  }

  /**
   * The current values; valid until the next `assign` or step of an optimizer, `stopGradient(parameter.value)` beyond it. Gradients
   * can be asked for when the slot is trainable.
   *
   * @throws {@link DisposedError} after `dispose`
   */
  get value(): Tensor {
    if (this.#value === undefined) {
      if (this.#disposed) throw this.#gone();
      const { name, dtype, shape } = this;
      return this.#storeUploaded(withinMemory(name, dtype, sizeOf(shape), this.#initialize));
    }
    return this.#value.requiresGrad === this.trainable ? this.#value : this.#store(this.#value);
  }

  /** The values as what inputs are multiplied by: `value`, rounded to bfloat16 inside `withWeightPrecision('bfloat16', …)`. */
  get weight(): Tensor {
    const { value } = this;
    if (weightPrecision() === 'float32') return value;
    if (this.#rounded === undefined) {
      this.#rounded = roundToBfloat16(value);
      releaseFromScope(this.#rounded, undefined);
    }
    return this.#rounded;
  }

  /**
   * Replaces the values. The slot takes a handle of its own, detached from the tape and from any scope; the caller's tensor
   * stays the caller's.
   *
   * @throws {@link OptionError} for what is neither, {@link ShapeError} or {@link DTypeError} when the new values do not fit the slot, {@link BackendMismatchError} when they
   *   live on another backend than those before
   */
  assign(value: Tensor | HostArray): void {
    if (!(value instanceof Tensor) && !isHostArray(value)) {
      throw new OptionError(
        this.name,
        `assigned values are ${describeValue(value)}.`,
        'A parameter takes a tensor or a host array.',
        'Assign hostArray(values).',
      );
    }
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        this.name,
        `assigned values are ${formatShape(value.shape)}.`,
        `The parameter is ${formatShape(this.shape)}.`,
        'Assign values of its shape.',
      );
    }
    if (!isHostArray(value) && value.dtype !== this.dtype) {
      throw new DTypeError(
        this.name,
        `assigned values are ${value.dtype}.`,
        `The parameter is ${this.dtype}.`,
        `Convert them: cast(values, '${this.dtype}').`,
      );
    }
    const home = this.#value?.backend ?? this.#backend;
    if (!isHostArray(value) && home !== undefined && value.backend !== home) {
      throw new BackendMismatchError(
        this.name,
        `assigned values live on another backend (${value.backend.name}) than the parameter (${home.name}).`,
        'A parameter stays where it is until it is moved.',
        'Assign hostArray(await values.data(), values.shape), or move the parameter first: await parameter.to(backend).',
      );
    }
    if (isHostArray(value)) this.#storeUploaded(value);
    else this.#store(value);
  }

  /**
   * @internal Returns the current values in a buffer that nothing else holds, copied first when something does: a backend may
   * write in place.
   */
  donate(): Tensor {
    this.#forgetRounded();
    const { value } = this;
    if (value.storage.references === 1) {
      // Whoever kept the old handle is told so, instead of reading what is written next.
      this.#value = value.renew();
      return this.#value;
    }
    const { backend } = this;
    const view = backend.kernels.cast(value.view(this.name), this.dtype);
    const copy = new Tensor(storageOf(backend, view, []), view.shape, view.dtype);
    const own = this.#store(copy);
    copy.dispose();
    return own;
  }

  /**
   * Moves the values to another backend.
   *
   * @throws {@link BackendError} (rejects with it) when it is no backend
   */
  async to(backend: Backend): Promise<void> {
    checkedBackend(this.name, backend);
    for (let value = this.#value; value !== undefined && value.backend !== backend; value = this.#value) {
      const data = await value.data();
      // Others were assigned meanwhile: those move.
      if (this.#value !== value) continue;
      const moved = tensor(data, { shape: this.shape, backend });
      this.#store(moved);
      moved.dispose();
    }
    this.#backend = backend;
  }

  /** Gives the memory back. Values can be assigned again; until then they can't be used. */
  dispose(): void {
    this.#forgetRounded();
    this.#value?.dispose();
    this.#value = undefined;
    this.#disposed = true;
  }

  #gone(): DisposedError {
    return new DisposedError(
      this.name,
      'the parameter was disposed.',
      'It holds no values any more.',
      'Load or make the network again, or assign values.',
    );
  }

  #forgetRounded(): void {
    this.#rounded?.dispose();
    this.#rounded = undefined;
  }

  #storeUploaded(host: HostArray): Tensor {
    const uploaded = tensor(host, { shape: this.shape, dtype: this.dtype, backend: this.backend });
    const own = this.#store(uploaded);
    uploaded.dispose();
    return own;
  }

  #store(value: Tensor): Tensor {
    value.assertLive(this.name);
    const node = this.trainable ? new GradNode(this.name, []) : undefined;
    const own = new Tensor(value.storage.retain(), value.shape, value.dtype, node);
    own.parameter = this.name;
    releaseFromScope(own, undefined);
    this.#forgetRounded();
    this.#value?.dispose();
    this.#value = own;
    this.#disposed = false;
    return own;
  }
}
