/** What `fit` asks of an `AbortSignal`. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener?(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener?(type: 'abort', listener: () => void): void;
}

/** Resolves to what an iterator gives next, or to `undefined` when the signal is aborted before. */
async function nextOrAbort<T>(
  iterator: AsyncIterator<T> | Iterator<T>,
  signal: StopSignal | undefined,
): Promise<IteratorResult<T> | undefined> {
  if (signal?.addEventListener === undefined) return iterator.next();
  let abort = (): void => undefined;
  // One for each item: what is raced against a promise that lasts is held as long as that one.
  const aborted = new Promise<undefined>((resolve) => {
    abort = () => resolve(undefined);
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([iterator.next(), aborted]);
  } finally {
    signal.removeEventListener?.('abort', abort);
  }
}

/** Yields what `items` gives; ends at once when the signal is aborted, also while the next item is awaited. */
export async function* untilAborted<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: StopSignal | undefined,
): AsyncIterable<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let reading = false;
  try {
    while (signal?.aborted !== true) {
      reading = true;
      const next = await nextOrAbort(iterator, signal);
      if (next === undefined || next.done === true) return;
      reading = false;
      yield next.value;
    }
  } finally {
    // What is still awaited after an abort may never come; closing would wait for it.
    if (!reading) await iterator.return?.();
  }
}
