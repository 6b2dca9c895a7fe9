// Counts what was seen to succeed. Moments of kills are told by it instead of by a clock, so that a slow machine is under as
// much load as a fast one.

export class Pulse {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  beat(): void {
    this.#count += 1;
    for (const look of this.#waiting) look();
  }

  /** Resolves when so many more successes were seen. */
  async after(successes: number): Promise<void> {
    const goal = this.#count + successes;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#count < goal) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}
