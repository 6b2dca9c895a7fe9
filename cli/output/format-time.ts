// Points in time for people: UTC, to the minute.
const MINUTE_LENGTH = '2026-01-01T00:00'.length;

/** Unix time in seconds as `2026-01-01 00:00`; null as `none`. */
export function formatTime(seconds: number | null, none: string): string {
  if (seconds === null) return none;
  return new Date(seconds * 1000).toISOString().slice(0, MINUTE_LENGTH).replace('T', ' ');
}
