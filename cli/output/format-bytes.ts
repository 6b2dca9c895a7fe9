// Sizes for people, in the decimal units that download pages use.
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
const STEP = 1000;

/** For example `2.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}
