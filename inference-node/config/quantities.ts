// Amounts as people write them: `10m`, `8GiB`.

const SECONDS_PER = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,6})([smhd])$/;
const BYTES_PER = { MB: 1e6, GB: 1e9, TB: 1e12, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const SIZE = /^(\d{1,6}(?:\.\d{1,3})?) ?(MB|GB|TB|MiB|GiB|TiB)$/;

export const DURATION_FORM = 'must be a number and s, m, h or d, such as 10m';
export const SIZE_FORM = 'must be a number and MB, GB, MiB or GiB, such as 8GiB';
export const MEMORY_LIMIT_FORM = `${SIZE_FORM}, or none`;

/** Milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, count, unit] = DURATION.exec(text) ?? [];
  const seconds = unit === undefined ? undefined : SECONDS_PER[unit as keyof typeof SECONDS_PER];
  return seconds === undefined ? null : Number(count) * seconds * 1000;
}

/** Bytes; null for anything else. */
export function parseSize(text: string): number | null {
  const [, count, unit] = SIZE.exec(text) ?? [];
  const bytes = unit === undefined ? undefined : BYTES_PER[unit as keyof typeof BYTES_PER];
  return bytes === undefined ? null : Math.floor(Number(count) * bytes);
}

/** Bytes, or `none`; null for anything else. */
export function parseMemoryLimit(text: string): number | 'none' | null {
  return text === 'none' ? text : parseSize(text);
}
