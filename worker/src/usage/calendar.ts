// Hours, days and months of UTC, in Unix seconds.

export const SECONDS_PER_HOUR = 3_600;
export const SECONDS_PER_DAY = 86_400;

/** The hour that a moment lies in. */
export function beginOfHour(second: number): number {
  return second - (second % SECONDS_PER_HOUR);
}

export function beginOfDay(second: number): number {
  return second - (second % SECONDS_PER_DAY);
}

export function beginOfMonth(second: number): number {
  const date = new Date(second * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / 1000;
}
