/** What `fit` asks of an `AbortSignal`. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener?(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener?(type: 'abort', listener: () => void): void;
}

/** Yields what `items` gives; ends at once when the signal is aborted, also while the next item is awaited. */
export async function* untilAborted<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: StopSignal | undefined,
): AsyncIterable<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    abort = () => resolve(undefined);
  });
  signal?.addEventListener?.('abort', abort, { once: true });
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let leftOpen = false;
  try {
    while (true) {
      const next = await Promise.race([iterator.next(), aborted]);
      // What is still awaited after an abort may never come; closing would wait for it.
      if (next === undefined || next.done === true) return;
      leftOpen = true;
      yield next.value;
      leftOpen = false;
    }
  } finally {
    signal?.removeEventListener?.('abort', abort);
    if (leftOpen) await iterator.return?.();
  }
}
