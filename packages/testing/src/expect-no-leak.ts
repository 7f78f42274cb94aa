import {
  checkFunction,
  checkOptions,
  debugMemory,
  formatShape,
  memory,
  Parameter,
  ScopeError,
  Tensor,
} from '@lstm/core';

/** Options of {@link expectNoLeak}. */
export interface ExpectNoLeakOptions {
  /**
   * Asked when `fn` has ended: tensors that may stay because something else owns them by now, such as the slots of an
   * optimizer. Values of parameters: list the {@link Parameter} itself.
   */
  readonly owned?: () => Iterable<Tensor | Parameter>;
}

// Debug mode is on while a check runs; the outermost one restores what was before.
let running = 0;
let wasOn = false;

function begin(): ReadonlySet<Tensor> {
  if (running === 0) wasOn = memory().survivors !== undefined;
  if (running === 0 && !wasOn) debugMemory(true);
  running += 1;
  return new Set(memory().survivors?.map(({ tensor }) => tensor));
}

function end(): void {
  running -= 1;
  if (running === 0 && !wasOn) debugMemory(false);
}

/**
 * Returns what `fn` returns, a promise when `fn` is asynchronous, and fails when a tensor that `fn` made is still alive then
 * and was not returned. Tensors inside arrays, maps and plain objects count as returned, as do those of a returned
 * {@link Parameter}.
 *
 * Switches debug mode on meanwhile, so it knows where each tensor was made and garbage collection cannot hide a leak. Run one
 * check at a time: tensors that other code makes meanwhile count as made by `fn`.
 *
 * @throws ScopeError (or rejects with it) that lists the survivors and where each was made, OptionError when `fn` is no function; what
 *   `fn` itself throws
 *
 * @example
 * ```ts
 * import { mul, sum, tensor, tidy, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { expectNoLeak } from '@lstm/testing';
 *
 * await useBackend(reference());
 * const x = tensor([1, 2, 3]);
 * console.log(await expectNoLeak(() => tidy(() => sum(mul(x, x)))).item()); // => 14
 * try {
 *   expectNoLeak(() => [mul(x, 2), mul(x, x)].length);
 * } catch (error) {
 *   console.log(error instanceof Error && error.message.split('.')[0]);
 *   // => [expectNoLeak] 3 tensors survive that were not returned
 * }
 * ```
 */
export function expectNoLeak<T>(fn: () => T, options: ExpectNoLeakOptions = {}): T {
  checkOptions('expectNoLeak', options, ['owned']);
  checkFunction('expectNoLeak', 'fn', fn);
  const earlier = begin();
  let result: T;
  try {
    result = fn();
    if (!(result instanceof Promise)) check(earlier, result, options);
  } catch (error) {
    end();
    throw error;
  }
  if (!(result instanceof Promise)) {
    end();
    return result;
  }
  return result
    .then((value: unknown) => {
      check(earlier, value, options);
      return value;
    })
    .finally(end) as T;
}

function check(earlier: ReadonlySet<Tensor>, result: unknown, { owned }: ExpectNoLeakOptions): void {
  const spared = new Set<Tensor>();
  collect([result, ...(owned?.() ?? [])], spared);
  const leaked = (memory().survivors ?? []).filter(({ tensor }) => !earlier.has(tensor) && !spared.has(tensor));
  if (leaked.length === 0) return;
  const places = leaked.map(
    ({ tensor: { dtype, shape }, createdAt }) => `\n${dtype} ${formatShape(shape)} was made\n  ${createdAt}`,
  );
  throw new ScopeError(
    'expectNoLeak',
    `${leaked.length} tensor${leaked.length === 1 ? ' survives that was' : 's survive that were'} not returned.`,
    'What a function makes it disposes or returns.',
    `Wrap it in tidy, or across await in a scope made with createScope.${places.join('')}`,
  );
}

/** Adds the tensors inside arrays, maps and plain objects, as tidy finds them, and values of parameters. */
function collect(value: unknown, into: Set<Tensor>): void {
  if (value instanceof Tensor) into.add(value);
  else if (value instanceof Parameter) {
    if (value.initialized) into.add(value.value);
  } else if (value instanceof Map) collect([...value.values()], into);
  else if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (typeof value === 'object' && value !== null && isPlain(value)) collect(Object.values(value), into);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
