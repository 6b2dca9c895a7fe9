// The waits between tries of the link: longer and longer, and drawn from the upper half, so that many nodes do not come back at once.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

export class LinkBackoff {
  #nextMs = FIRST_MS;
  #timer: NodeJS.Timeout | undefined;
  #stop: () => void = () => undefined;

  /** Waits; stopped, no longer. */
  wait(): Promise<void> {
    const waitMs = this.#nextMs * (0.5 + Math.random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
    return new Promise((resolve) => {
      this.#stop = resolve;
      this.#timer = setTimeout(resolve, waitMs);
    });
  }

  /** A try went well: the next wait is a short one. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stop();
  }
}
