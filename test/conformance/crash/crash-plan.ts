// What is killed in a round, and when: by chance, but the same for the same seed.
import { ENDS, MENDED_PARTS, type End, type MendedPart } from './kill-part.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Successes of calls and acts from the start of the load, or from the kill before. */
const SUCCESSES = { least: 15, most: 80 };
/** On top of it, so that a kill does not always come right after an answer. Milliseconds. */
const JITTER_MS = 40;

/** `of`: calls alone, so that the model is there and works, or whatever succeeds. */
export type Moment = { successes: number; of: 'calls' | 'all'; ms: number };

/** First a part that the product brings back by itself, then all of it. */
export type CrashPlan = { part: MendedPart; end: End; moments: [Moment, Moment] };

export function planCrash(random: SeededRandom): CrashPlan {
  const moment = (): Moment => ({
    successes: random.between(SUCCESSES.least, SUCCESSES.most),
    of: random.pick(['calls', 'all']),
    ms: random.below(JITTER_MS),
  });
  return { part: random.pick(MENDED_PARTS), end: random.pick(ENDS), moments: [moment(), moment()] };
}

export function describePlan({ part, end, moments }: CrashPlan): string {
  const [first, second] = moments.map(({ successes, of, ms }) => `${successes} successes of ${of} and ${ms} ms`);
  return `kill -9 of ${part} after ${String(first)}, of ${end} after ${String(second)}`;
}
