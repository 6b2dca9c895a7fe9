// What the checks of limits count with.
import type { JournalRecord } from '../../../protocol/node/node-api.ts';

/** Ends and durations are known to the millisecond. */
const ROUNDING_MS = 2;
const MS_PER_DAY = 86_400_000;

/** The most calls of these that the node worked on at one moment. */
export function mostAtOnce(records: readonly JournalRecord[]): number {
  const changes = records.flatMap(({ endedAt, durationMs }) => {
    const begin = endedAt - durationMs + ROUNDING_MS;
    return begin >= endedAt
      ? []
      : [
          { at: begin, by: 1 },
          { at: endedAt, by: -1 },
        ];
  });
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/** A test that runs over midnight (UTC) has the limit of a day twice. */
export function daysSince(startedMs: number): number {
  return dayOf(Date.now()) - dayOf(startedMs) + 1;
}

function dayOf(ms: number): number {
  return Math.floor(ms / MS_PER_DAY);
}
