/// <reference lib="esnext.disposable" preserve="true" />
import { ScopeError } from './errors.ts';
import { checkFunction } from './options.ts';
import { Tensor } from './tensor.ts';

/**
 * Tensors that are disposed together. {@link createScope} makes it.
 *
 * @example
 * ```ts
 * import { add, createScope, type Scope, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const scope: Scope = createScope();
 * const sum = scope.run(() => scope.keep(add(tensor([1, 2]), 3)));
 * scope.dispose(); // tensor([1, 2]) is gone, the sum was kept
 * console.log(await sum.array()); // => [ 4, 5 ]
 * ```
 */
export class Scope {
  readonly #tensors: Tensor[] = [];
  #ended = false;

  /** @internal Takes a tensor in; called by the tensor's constructor. */
  adopt(tensor: Tensor): void {
    tensor.scope = this;
    this.#tensors.push(tensor);
  }

  /**
   * Runs `body` with this scope ambient: tensors that it creates belong to the scope.
   *
   * @throws {@link ScopeError} when `body` returns a promise or the scope has ended, {@link OptionError} when it is no function
   */
  run<T>(body: () => T): T {
    checkFunction('scope.run', 'body', body);
    return refusePromise('scope.run', this.enter(body));
  }

  /** @internal Like `run`; what comes back may be a promise. */
  enter<T>(body: () => T): T {
    this.#checkLive();
    const outer = current;
    current = this;
    try {
      return body();
    } finally {
      current = outer;
    }
  }

  /**
   * Adds tensors that were created elsewhere, for example by an awaited call; returns `value`.
   *
   * @throws {@link ScopeError} when the scope has ended; the tensors stay the caller's
   */
  add<T>(value: T): T {
    this.#checkLive();
    forEachTensor(value, (tensor) => this.adopt(tensor));
    return value;
  }

  /** Takes tensors out of the scope, so that they outlive it; returns `value`. */
  keep<T>(value: T): T {
    forEachTensor(value, (tensor) => {
      if (tensor.scope === this) releaseFromScope(tensor, undefined);
    });
    return value;
  }

  /** Disposes the tensors that still belong to the scope. Doing it twice is harmless. */
  dispose(): void {
    this.#ended = true;
    this.clear();
  }

  /** @internal Disposes the tensors that belong to the scope now; it can be used again. */
  clear(): void {
    for (let tensor = this.#tensors.pop(); tensor !== undefined; tensor = this.#tensors.pop()) {
      if (tensor.scope === this) tensor.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkLive(): void {
    if (!this.#ended) return;
    throw new ScopeError(
      'createScope',
      'the scope was disposed.',
      'A scope is used before its dispose.',
      'Create a new one.',
    );
  }
}

let current: Scope | undefined;

/** @internal The scope that new tensors join. */
export function currentScope(): Scope | undefined {
  return current;
}

/** @internal Moves a tensor to `scope`; without one it is the user's own and garbage collection becomes its safety net. */
export function releaseFromScope(tensor: Tensor, scope: Scope | undefined): void {
  if (scope !== undefined) scope.adopt(tensor);
  else {
    tensor.scope = undefined;
    tensor.guard();
  }
}

/**
 * Returns true when what is ambient here, the innermost `tidy` or `scope.run`, owns `x`: only what it owns it passes on or frees. Code
 * that runs a function of someone else gives a handle of its own to what came back without being owned.
 *
 * @example
 * ```ts
 * import { isOwned, tensor, tidy, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([1, 2]);
 * console.log(tidy(() => [isOwned(tensor([3])), isOwned(x)])); // => [ true, false ]
 * ```
 */
export function isOwned(x: Tensor): boolean {
  return x.scope === current;
}

function forEachTensor(value: unknown, visit: (tensor: Tensor) => void, depth = 0): void {
  if (value instanceof Tensor) visit(value);
  else if (depth > 8 || typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  else if (value instanceof Map) for (const item of value.values()) forEachTensor(item, visit, depth + 1);
  else if (Array.isArray(value)) for (const item of value) forEachTensor(item, visit, depth + 1);
  else if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
    for (const item of Object.values(value)) forEachTensor(item, visit, depth + 1);
  }
}

/** @internal Returns `value` unless it is a promise. */
export function refusePromise<T>(where: string, value: T): T {
  if (!(value instanceof Promise)) return value;
  value.catch(() => undefined);
  throw new ScopeError(
    where,
    'the function returned a promise.',
    `${where} ends when the function returns, so work after an await would escape it.`,
    where === 'tidy'
      ? 'Across await use: using scope = createScope(); and scope.run(() => …) for each synchronous part.'
      : `Await before it, and call ${where} for each synchronous part.`,
  );
}

/**
 * Returns what `body` returns; every other tensor that `body` created is disposed. Tensors inside arrays, maps and plain
 * objects count as returned. A tensor that `body` makes and a recorded gradient still needs stays alive inside the graph.
 *
 * @throws {@link ScopeError} when `body` returns a promise, {@link OptionError} when it is no function
 *
 * @example
 * ```ts
 * import { add, memory, mul, tensor, tidy, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const before = memory().tensors;
 * const y = tidy(() => {
 *   const x = tensor([1, 2, 3]);
 *   return add(mul(x, x), 1);
 * });
 * console.log((await y.data()).join(' '), memory().tensors - before); // => 2 5 10 1
 * ```
 */
export function tidy<T>(body: () => T): T {
  checkFunction('tidy', 'body', body);
  const outer = current;
  const scope = new Scope();
  try {
    const result = refusePromise('tidy', scope.enter(body));
    forEachTensor(result, (tensor) => {
      if (tensor.scope === scope) releaseFromScope(tensor, outer);
    });
    return result;
  } finally {
    scope.dispose();
  }
}

/**
 * Returns a scope that is ambient only inside its `run`, so two asynchronous flows never mix: `using scope = createScope()`.
 *
 * @example
 * ```ts
 * import { createScope, memory, mul, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const before = memory().tensors;
 * const scope = createScope();
 * const y = scope.run(() => mul(tensor([1, 2, 3]), 2));
 * console.log((await y.data()).join(' ')); // => 2 4 6
 * scope.dispose();
 * console.log(memory().tensors - before); // => 0
 * ```
 */
export function createScope(): Scope {
  return new Scope();
}
