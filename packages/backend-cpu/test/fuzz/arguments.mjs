/** @typedef {{ handle: number, count: number, type: number }} Live */

/** A small generator of repeatable numbers in [0, 1) (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function detached() {
  const array = new Float32Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** An array whose first element runs `act` when somebody looks at it. */
function trap(length, act) {
  const array = Array.from({ length }, () => 1);
  Object.defineProperty(array, 0, {
    get() {
      act(array);
      return 1;
    },
  });
  return array;
}

/**
 * What the calls are given: tensors of the right size, and, while `spoil` is true, now and then something else in their place.
 * Results of a spoiled call count as strays, since nobody knows what they hold.
 */
export class Arguments {
  /** Live tensors. @type {Live[]} */
  #tensors = [];
  /** Handles of all sorts, freed ones among them. @type {number[]} */
  #strays = [];
  #addon;
  /** Where commands are written, and the handle of the last one's result. */
  #memory = new Float64Array(256);
  #handle = new Float64Array(1);
  /** Whether this call may get a wrong argument. */
  spoil = false;
  /** Whether it did. */
  spoilt = false;
  /** What training calls saved for their backward call. */
  saved = [];
  /** Live sessions. */
  sessions = [];

  constructor(addon, seed) {
    this.random = generator(seed);
    this.#addon = addon;
    this.restart();
  }

  /** Ends the engine, perhaps in the middle of a call; `restart` is due after it. */
  dispose() {
    this.engine.dispose();
    this.disposed = true;
  }

  /** Another engine in place of the last one. */
  restart() {
    this.disposed = false;
    this.engine = new this.#addon.Engine(1 + this.below(3), '');
    this.#memory = Float64Array.of(1, ...new Float64Array(255));
    this.engine.setCommands(this.#memory);
    this.#tensors = [];
    this.#strays = []; // another engine gives the same handles again
    this.saved = [];
    this.sessions = [];
  }

  below(n) {
    return Math.floor(this.random() * n);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** An axis: short, mostly; now and then long enough that threads share the work. */
  size(usual, large = usual) {
    return this.random() < 0.01 ? this.below(large) : this.below(usual);
  }

  /** The argument, or something that has no business in its place. */
  maybeWrong(good) {
    if (!this.spoil || this.random() >= 0.3) return good;
    this.spoilt = true;
    return this.#wrong();
  }

  /** The handle, or another one, or something else. */
  #maybeWrongHandle(good) {
    if (!this.spoil || this.random() >= 0.1) return this.maybeWrong(good);
    this.spoilt = true;
    return this.freedHandle();
  }

  #wrong() {
    switch (this.below(5)) {
      case 0:
        return this.pick([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 4294967296, 100000, 2 ** 52]);
      case 1:
        return this.pick([undefined, null, 'x', true, {}, 1n, Symbol.iterator, () => 1]);
      case 2:
        return this.pick([0, 1, 2, 3, 7, 64]);
      case 3:
        return this.pick([[], [0, 1], [1, 2, 3], [-1], [1e9, 1e9, 1e9], ['x'], [Number.NaN], new Array(5)]);
      default:
        return this.pick([
          () => new Float32Array(3),
          () => new Float64Array(3),
          () => new Uint8Array(new ArrayBuffer(7), 3),
          detached,
          () => new Float32Array(new SharedArrayBuffer(16)),
          () => trap(3, (array) => array.push(1, 2, 3)),
          () => trap(9, (array) => array.splice(1)),
          () => trap(2, () => this.free()),
          () => trap(2, () => this.random() < 0.01 && this.dispose()),
          () =>
            trap(1, () => {
              throw new Error('a trap');
            }),
        ])();
    }
  }

  /** The elements of the list, or of another one, or something else. */
  maybeWrongList(good) {
    return [this.maybeWrong(good)].flat();
  }

  /** Writes a command (src/commands.ts); returns the handle of its result. */
  command(name, ...numbers) {
    this.engine.reserve(this.#handle);
    this.#write(name, this.#handle[0], numbers);
    // A refusal is told by the first use of the result.
    if (this.spoilt || this.random() < 0.05) this.engine.readSync(this.#handle[0]);
    return this.#handle[0];
  }

  #write(name, result, numbers) {
    // Before there is a place for it: what a trap does while its number is taken may write commands too.
    const command = Float64Array.from([this.#addon.commands.indexOf(name), numbers.length, result, ...numbers]);
    if (this.#memory[0] + command.length > this.#memory.length) this.engine.run();
    this.#memory.set(command, this.#memory[0]);
    this.#memory[0] += command.length;
  }

  /** Frees a tensor at once; a handle that is nobody's is refused without a word. */
  release(handle) {
    this.#write('release', 0, [handle]);
    this.engine.run();
  }

  /** Memory for commands that nobody would write: wrong counts, wrong codes, no handles. */
  spoilCommands() {
    this.spoilt = true;
    const word = () =>
      this.pick([1, 2, 3, 7, 13, 14, 99, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 2 ** 52]);
    const memory = this.pick([
      () => Float64Array.from({ length: this.below(200) }, word),
      () => new Float64Array(0),
      () => new Float64Array(new SharedArrayBuffer(64)).fill(9),
      () => new Float64Array(detached().buffer),
      () => this.#wrong(),
    ])();
    try {
      this.engine.setCommands(memory);
      this.engine.run();
      if (this.random() < 0.1) structuredClone(memory.buffer, { transfer: [memory.buffer] });
      this.engine.run();
    } finally {
      this.engine.setCommands(this.#memory);
    }
  }

  /** A handle of a float32 (0) or int32 (1) tensor of `count` elements. */
  tensor(count, type = 0) {
    const fit = this.#tensors.filter((tensor) => tensor.count === count && tensor.type === type);
    if (fit.length > 0 && this.random() < 0.7) return this.#maybeWrongHandle(this.pick(fit).handle);
    const data =
      type === 0
        ? Float32Array.from({ length: count }, () => 2 * this.random() - 1)
        : Int32Array.from({ length: count }, () => this.below(4));
    const handle = this.engine.upload(data);
    this.#tensors.push({ handle, count, type });
    return this.#maybeWrongHandle(handle);
  }

  /** A handle of such a tensor, or 0 for none. */
  optional(count) {
    return this.random() < 0.5 ? this.#maybeWrongHandle(0) : this.tensor(count);
  }

  /** A handle that no right call uses. */
  freedHandle() {
    return this.#strays.length > 0 ? this.pick(this.#strays) : 12345678;
  }

  /** A list of 0 and 1: which gradients are wanted. */
  needs(n) {
    return this.maybeWrong(Array.from({ length: n }, () => this.below(2)));
  }

  /** Any live tensor, if there is one. @returns {Live | undefined} */
  any() {
    return this.#tensors.length > 0 ? this.pick(this.#tensors) : undefined;
  }

  /** Keeps the results of a call, which hold `counts` elements; handle 0 is no result. */
  keep(handles, counts, type = 0) {
    for (const [i, handle] of [handles].flat().entries()) {
      if (handle === 0) continue;
      if (this.spoilt) this.#stray(handle);
      else this.#tensors.push({ handle, count: counts[i], type });
    }
    while (this.#tensors.length > 150) this.free(0);
  }

  /** Frees a tensor, and remembers its handle as one that must not be used. */
  free(at = this.below(this.#tensors.length)) {
    const [tensor] = this.#tensors.splice(at, 1);
    if (tensor === undefined) return;
    this.release(tensor.handle);
    this.#stray(tensor.handle);
  }

  #stray(handle) {
    this.#strays.push(handle);
    if (this.#strays.length > 50) this.release(this.#strays.shift()); // it may be free already
  }
}
