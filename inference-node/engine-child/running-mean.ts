// A mean of measurements that forgets old ones, so that it follows a machine that grows slower.

/** Weight of the newest measurement. */
const NEWEST_WEIGHT = 0.3;

/** `before`: the mean so far; null: nothing was measured yet. */
export function runningMean(before: number | null, newest: number): number {
  return before === null ? newest : before + NEWEST_WEIGHT * (newest - before);
}
