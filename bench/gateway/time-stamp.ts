// When a chunk was written, inside the chunk, on the clock that all processes of a machine share.

const STAMP = /"t(\d+)"/;

/** For a chunk's content: `t` and nanoseconds of the monotonic clock. */
export function stampNow(): string {
  return `t${process.hrtime.bigint()}`;
}

/** Microseconds since the stamp in an event's payload was made; null when there is none in it. */
export function microsecondsSinceStamp(payload: string, now: bigint): number | null {
  const stamp = STAMP.exec(payload)?.[1];
  return stamp === undefined ? null : Number(now - BigInt(stamp)) / 1000;
}
