// How long to wait before the engine's process is started again: doubling, jittered, and back to the beginning once it has
// lived for a while.

/** The first wait, in milliseconds: a crash that does not come back is mended before a client's retry. */
const FIRST_MS = 250;
/** No wait is longer, in milliseconds: an operator who repairs something should not sit and wait. */
const LONGEST_MS = 30_000;
/** Alive for this long counts as healthy, in milliseconds. */
const HEALTHY_MS = 60_000;
/** A wait is shortened by up to this share, at random. */
const JITTER = 0.5;

export class RestartBackoff {
  #failures = 0;

  /** The next wait in milliseconds, after a process that was ready for `readyMs` (0: never). */
  next(readyMs: number, random: () => number = Math.random): number {
    if (readyMs >= HEALTHY_MS) this.#failures = 0;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures++;
    return wait * (1 - JITTER * random());
  }
}
