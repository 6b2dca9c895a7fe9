// Until when verdicts that the Account gave may still be in use. A permit lets the gateway use one verdict again for a short
// while without asking; whatever takes rights away is acknowledged only after every permit has run out
// (docs/decisions/0003-admission-permits.md).

/** The share of a permit's life by which the two sides' timers may differ over that life, with much room to spare. */
const MARGIN_SHARE = 0.25;

export class PermitClock {
  readonly #permitMs: number;
  readonly #marginMs: number;
  #lastEndsMs: number;

  /** A restarted object cannot know which permits it gave: it counts as if it had just given one. */
  constructor(permitMs: number, nowMs: number) {
    this.#permitMs = permitMs;
    this.#marginMs = permitMs * MARGIN_SHARE;
    this.#lastEndsMs = nowMs + permitMs + this.#marginMs;
  }

  /**
   * Gives a permit: for how many milliseconds, counted from before the question was sent, the verdict holds without asking
   * again. Never beyond the key's own end (Unix seconds; null: none).
   */
  grant(nowMs: number, expiresAt: number | null): number {
    const permitMs =
      expiresAt === null ? this.#permitMs : Math.min(this.#permitMs, expiresAt * 1000 - nowMs - this.#marginMs);
    if (permitMs <= 0) return 0;
    this.#lastEndsMs = Math.max(this.#lastEndsMs, nowMs + permitMs + this.#marginMs);
    return permitMs;
  }

  /** Resolves when no permit that was given before this moment can be in use any more. */
  async runOut(): Promise<void> {
    const endsMs = this.#lastEndsMs;
    for (let leftMs = endsMs - Date.now(); leftMs > 0; leftMs = endsMs - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, leftMs));
    }
  }
}
