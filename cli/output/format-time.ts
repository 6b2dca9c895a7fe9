// Points in time for people: UTC.
const LENGTHS = { minute: '2026-01-01T00:00'.length, second: '2026-01-01T00:00:00'.length } as const;

/** Unix time in seconds as `2026-01-01 00:00`, or with its seconds; null as `none`. */
export function formatTime(seconds: number | null, none: string, to: keyof typeof LENGTHS = 'minute'): string {
  if (seconds === null) return none;
  return new Date(seconds * 1000).toISOString().slice(0, LENGTHS[to]).replace('T', ' ');
}
