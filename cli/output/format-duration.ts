// Durations for people, as the command line takes them.
const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** Seconds as for example `90d`: in the largest unit that fits without a rest. Null as `none`. */
export function formatDuration(seconds: number | null, none: string): string {
  if (seconds === null) return none;
  const unit = UNITS.find(([, length]) => seconds >= length && seconds % length === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
}
