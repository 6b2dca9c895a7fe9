// Measured times as records and headers tell them.

/** Milliseconds to the microsecond: more digits are noise. Never negative. */
export function roundMs(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1000) / 1000);
}
