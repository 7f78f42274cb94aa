/** Work that was queued on a backend and not yet read. */
export interface Flight {
  /** Settles when the work is done; fails as the work does. */
  readonly read: Promise<unknown>;
  /** Gives back what the flight still holds. */
  drop?(): void;
}

/**
 * Launches a flight for each item and lands them in order. At most two are under way: one runs while the next is queued, so the
 * backend never waits and never holds more.
 */
export async function twoInFlight<T, F extends Flight>(
  items: AsyncIterable<T> | Iterable<T>,
  launch: (item: T) => F,
  land: (flight: F) => Promise<void>,
): Promise<void> {
  const pending: F[] = [];
  const landFirst = async (): Promise<void> => {
    const [first] = pending;
    if (first === undefined) return;
    await land(first);
    pending.shift();
    first.drop?.();
  };
  try {
    for await (const item of items) {
      const flight = launch(item);
      // Whoever lands the flight handles its failure; until then it must not count as unhandled.
      flight.read.catch(() => undefined);
      pending.push(flight);
      if (pending.length === 2) await landFirst();
    }
    await landFirst();
  } finally {
    await Promise.allSettled(pending.map(({ read }) => read));
    for (const flight of pending) flight.drop?.();
  }
}
