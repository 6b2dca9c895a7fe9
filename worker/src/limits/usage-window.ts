// What every window of a limit can do, whether it slides or follows the calendar. Values only; the time is handed in, in Unix
// milliseconds, since the object's clock is the only one that counts.

/** What a window stores of itself. */
export type WindowState = { from: number; used: number }[];

export interface UsageWindow {
  /** What was used of the present window. */
  used(nowMs: number): number;
  /** Counts an amount (negative: gives back) at the second at which its call was charged; outside the window: nothing. */
  add(amount: number, chargedAt: number, nowMs: number): void;
  /** Milliseconds until `amount` more fits below `limit`, should nothing else come; 0: now; null: never. */
  waitMs(amount: number, limit: number, nowMs: number): number | null;
  /** Milliseconds until nothing of what was used counts any more. */
  resetMs(nowMs: number): number;
  /** What has to be stored, so that the same window can be made of it again. */
  state(nowMs: number): WindowState;
}
