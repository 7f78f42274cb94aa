import {
  type Backend,
  dtypeOf,
  FormatError,
  formatShape,
  type HostArray,
  hostArray,
  noGrad,
  OptionError,
  Parameter,
  sameShape,
  type Tensor,
  tidy,
  zerosInitializer,
} from '@lstm/core';
import type { Slots } from './transform.ts';

interface Owned {
  readonly parameter: Parameter;
  readonly slots: readonly Parameter[];
}

/** A slot that was loaded, with the values of the file. */
interface Loaded {
  readonly slot: Parameter;
  readonly values: HostArray;
}

/** What an optimizer keeps for each parameter, by the parameter's name. */
export class SlotStore {
  readonly #where: string;
  readonly #init: (parameter: Tensor) => Slots;
  readonly #owned = new Map<string, Owned>();
  /** Slots that were loaded and whose parameter has not come yet. */
  readonly #loaded = new Map<string, Loaded>();

  /**
   * @param where - name of the optimizer, for errors
   * @param init - gives the first values of the slots of a parameter
   */
  constructor(where: string, init: (parameter: Tensor) => Slots) {
    this.#where = where;
    this.#init = init;
  }

  /** All slots, those that were loaded included. */
  get all(): readonly Parameter[] {
    const owned = [...this.#owned.values()].flatMap(({ slots }) => slots);
    return [...owned, ...[...this.#loaded.values()].map(({ slot }) => slot)];
  }

  /**
   * Returns the slots of a parameter.
   *
   * @throws OptionError for another parameter of the same name, FormatError when those that were loaded are not what `init` gives
   */
  of(parameter: Parameter): readonly Parameter[] {
    const known = this.#owned.get(parameter.name);
    if (known?.parameter === parameter) return known.slots;
    if (known !== undefined) {
      throw new OptionError(
        this.#where,
        `${parameter.name} is the name of two parameters.`,
        'An optimizer keeps what it knows of a parameter by its name.',
        "Name the layers, as in lstm({ name: 'encoder' }), or make an optimizer for each network.",
      );
    }
    const slots = noGrad(() => tidy(() => this.#make(parameter, this.#init(parameter.value))));
    this.#owned.set(parameter.name, { parameter, slots });
    return slots;
  }

  /** Replaces all slots by those of a file, which are read at their first use. */
  load(state: Readonly<Record<string, HostArray>>): void {
    this.clear();
    for (const [name, values] of Object.entries(state)) {
      const { shape, data } = values;
      const slot = new Parameter({ name, shape, dtype: dtypeOf(data), trainable: false, initialize: () => values });
      this.#loaded.set(name, { slot, values });
    }
  }

  /** Gives the memory back. */
  clear(): void {
    for (const slot of this.all) slot.dispose();
    this.#owned.clear();
    this.#loaded.clear();
  }

  /** Returns the slots of a parameter: those that were loaded, or new ones with the values of `initial`. */
  #make(parameter: Parameter, initial: Slots): Parameter[] {
    this.#expectKinds(parameter.name, Object.keys(initial));
    const { backend } = parameter;
    const made = Object.entries(initial).map(([kind, value]) => {
      const name = `${parameter.name}/${kind}`;
      const known = this.#loaded.get(name);
      if (known !== undefined) return this.#settled(known, value, backend);
      const { shape, dtype } = value;
      const initialize = (): HostArray => hostArray(zerosInitializer(shape), shape);
      const fresh = new Parameter({ name, shape, dtype, backend, trainable: false, initialize });
      fresh.assign(value);
      return fresh;
    });
    for (const slot of made) this.#loaded.delete(slot.name);
    return made;
  }

  /** Throws unless the slots that were loaded for a parameter, if any, are those of `kinds`. */
  #expectKinds(parameter: string, kinds: readonly string[]): void {
    const prefix = `${parameter}/`;
    const found = [...this.#loaded.keys()]
      .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length));
    if (found.length === 0 || (found.length === kinds.length && kinds.every((kind) => found.includes(kind)))) return;
    throw new FormatError(
      this.#where,
      `the loaded state of ${parameter} is ${found.join(', ')}.`,
      `${this.#where} keeps ${kinds.length === 0 ? 'nothing here' : kinds.join(', ')}.`,
      'Load it into an optimizer with the options of the one that was saved.',
    );
  }

  /** Returns a slot that was loaded, on the backend of its parameter. */
  #settled({ slot, values }: Loaded, { shape, dtype }: Tensor, backend: Backend): Parameter {
    if (!sameShape(slot.shape, shape) || slot.dtype !== dtype) {
      throw new FormatError(
        this.#where,
        `the loaded state ${slot.name} is ${slot.dtype} ${formatShape(slot.shape)}.`,
        `It is ${dtype} ${formatShape(shape)}.`,
        'Load the state of a network with the same layers.',
      );
    }
    if (slot.initialized && slot.backend === backend) return slot;
    // Somebody may have read the state before, on the default backend. Of an empty slot `to` only notes the backend, at once.
    slot.dispose();
    void slot.to(backend);
    slot.assign(values);
    return slot;
  }
}
