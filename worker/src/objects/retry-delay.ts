// How long an object's alarm waits before it tries again. Doubles, with a little chance, so that what failed together does
// not come back together.

const FIRST_DELAY_MS = 1_000;
/** Long enough to spare what is down, short enough that nobody has to help. */
const LONGEST_DELAY_MS = 300_000;
/** At most this part of the delay is added by chance. */
const JITTER = 0.25;

/** Milliseconds to wait after the given number of failed attempts (1 for the first). */
export function retryDelayMs(failures: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
  return Math.round(delay * (1 + JITTER * Math.random()));
}
