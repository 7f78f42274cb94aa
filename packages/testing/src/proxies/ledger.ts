import { BackendError, formatShape, type View } from '@lstm/core';

/** The handle that the caller of a checked backend holds. */
export interface Ticket {
  readonly inner: unknown;
  /** `float32 [2, 3] of matmul` */
  readonly label: string;
  freed: boolean;
}

/** What the caller of a checked backend holds for the saved state of a fused kernel. */
export interface SavedTicket {
  readonly kernel: string;
  readonly inner: unknown;
  /** Inputs and outputs of the forward call. */
  readonly uses: readonly Ticket[];
  released: boolean;
}

/** Books of a checked backend: what is alive, and which rules were broken. */
export class Ledger {
  readonly violations: string[] = [];
  readonly #live = new Map<unknown, Ticket>();
  readonly #known = new WeakSet<Ticket>();
  readonly #saved = new Set<SavedTicket>();
  #disposed = false;

  /** Notes a broken rule and throws it. */
  refuse(where: string, fact: string, rule: string, fix: string): never {
    const error = new BackendError(where, fact, rule, fix);
    this.violations.push(error.message);
    throw error;
  }

  /** Returns a view for the caller of a view that the backend made. */
  adopt(where: string, view: View): View {
    const label = `${view.dtype} ${formatShape(view.shape)} of ${where}`;
    const twin = this.#live.get(view.handle);
    if (twin !== undefined) {
      this.refuse(
        where,
        `its result ${label} has the handle of ${twin.label}, which is alive.`,
        'Every result is a new handle that the kernel allocated.',
        'Return a copy, with a handle of its own.',
      );
    }
    const ticket: Ticket = { inner: view.handle, label, freed: false };
    this.#live.set(view.handle, ticket);
    this.#known.add(ticket);
    return { handle: ticket, shape: view.shape, dtype: view.dtype };
  }

  /** Returns the backend's own view behind a view of the caller. */
  open(where: string, view: View): View {
    this.refuseWhenDisposed(where);
    const ticket = this.ticketOf(where, view.handle);
    if (ticket.freed) {
      this.refuse(
        where,
        `${ticket.label} was freed before.`,
        'A handle is used before its free.',
        'Free it after the last call that takes it.',
      );
    }
    return { handle: ticket.inner, shape: view.shape, dtype: view.dtype };
  }

  /** Returns the backend's own view, without a handle where there is none: for questions about shapes. */
  peek({ handle, shape, dtype }: View): View {
    const known = typeof handle === 'object' && handle !== null && this.#known.has(handle as Ticket);
    return { handle: known ? (handle as Ticket).inner : undefined, shape, dtype };
  }

  /** Closes a ticket; returns the backend's own handle. */
  close(handle: unknown): unknown {
    const ticket = this.ticketOf('free', handle);
    if (ticket.freed) {
      this.refuse(
        'free',
        `${ticket.label} is freed a second time.`,
        'Each handle is freed exactly once.',
        'Let one owner free it.',
      );
    }
    ticket.freed = true;
    this.#live.delete(ticket.inner);
    return ticket.inner;
  }

  /** Returns the ticket in a caller's handle. */
  ticketOf(where: string, handle: unknown): Ticket {
    if (typeof handle === 'object' && handle !== null && this.#known.has(handle as Ticket)) return handle as Ticket;
    return this.refuse(
      where,
      'a handle is not one of this backend.',
      'Kernels take handles that the same backend gave out.',
      'Upload the values to this backend.',
    );
  }

  /** Opens the saved state of a fused kernel. */
  keep(saved: SavedTicket): SavedTicket {
    this.#saved.add(saved);
    return saved;
  }

  /** Returns the saved state for a backward call. */
  useSaved(saved: SavedTicket): unknown {
    this.#refuseReleased(saved, 'backward is called after release(saved).', 'Release it after the last backward.');
    const freed = saved.uses.find((ticket) => ticket.freed);
    if (freed === undefined) return saved.inner;
    return this.refuse(
      saved.kernel,
      `${freed.label} was freed before backward.`,
      'Inputs and outputs of a fused kernel live until release(saved).',
      'Free them after release(saved).',
    );
  }

  /** Closes a saved state; returns the backend's own. */
  release(saved: SavedTicket): unknown {
    this.#refuseReleased(saved, 'release(saved) is called a second time.', 'Let one owner release it.');
    saved.released = true;
    this.#saved.delete(saved);
    return saved.inner;
  }

  /** Refuses every call after dispose. */
  refuseWhenDisposed(where: string): void {
    if (!this.#disposed) return;
    this.refuse(where, 'the backend was disposed.', 'A backend is used before its dispose.', 'Dispose it last.');
  }

  /** Notes that the backend was disposed. */
  dispose(): void {
    this.#disposed = true;
  }

  /** One line for each thing that is alive. */
  leaks(): string[] {
    return [
      ...[...this.#live.values()].map(({ label }) => `${label} was never freed`),
      ...[...this.#saved].map(({ kernel }) => `the saved state of ${kernel} was never released`),
    ];
  }

  #refuseReleased(saved: SavedTicket, fact: string, fix: string): void {
    if (!saved.released) return;
    this.refuse(saved.kernel, fact, 'A saved state is released exactly once, after its last use.', fix);
  }
}
