/** Keeps the compiled programs that were used last, up to a number. */
export class ProgramCache<P extends { destroy(): void }> {
  readonly #programs = new Map<string, P>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#programs.size;
  }

  /** Returns the program with this key, made when there is none. */
  get(key: string, make: () => P): P {
    const found = this.#programs.get(key);
    const program = found ?? make();
    // Used last comes last.
    this.#programs.delete(key);
    this.#programs.set(key, program);
    if (found === undefined && this.#programs.size > this.#limit) {
      const [[oldest, unused]] = this.#programs as unknown as [[string, P]];
      this.#programs.delete(oldest);
      unused.destroy();
    }
    return program;
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.destroy();
    this.#programs.clear();
  }
}
