// Seconds, hours, days and months of UTC, in Unix seconds.

const MS_PER_SECOND = 1_000;
export const SECONDS_PER_HOUR = 3_600;
export const SECONDS_PER_DAY = 86_400;

/** Unix milliseconds as the second that they lie in. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / MS_PER_SECOND);
}

export function nowSeconds(): number {
  return toSeconds(Date.now());
}

/** The hour that a moment lies in. */
export function beginOfHour(second: number): number {
  return second - (second % SECONDS_PER_HOUR);
}

export function beginOfDay(second: number): number {
  return second - (second % SECONDS_PER_DAY);
}

export function beginOfMonth(second: number): number {
  const date = new Date(second * MS_PER_SECOND);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / MS_PER_SECOND;
}
