// When keys were last used, to the minute: kept in memory and written together once a minute, so that a call costs no
// durable write. What a crash takes is at most the last minute of it.

const SECONDS_PER_MINUTE = 60;
/** From the first unwritten use until it is written. */
const WRITE_DELAY_MS = 60_000;

export class LastUse {
  readonly #unwritten = new Map<string, number>();
  #dueMs: number | null = null;

  /** Notes a use. `stored` is what storage says, in Unix seconds. True: something has become due that was not before. */
  note(keyId: string, stored: number | null, nowMs: number): boolean {
    const minute = toMinute(nowMs);
    if (stored === minute || this.#unwritten.get(keyId) === minute) return false;
    this.#unwritten.set(keyId, minute);
    if (this.#dueMs !== null) return false;
    this.#dueMs = nowMs + WRITE_DELAY_MS;
    return true;
  }

  /** The use of a key that storage has not yet, in Unix seconds. */
  unwritten(keyId: string): number | null {
    return this.#unwritten.get(keyId) ?? null;
  }

  /** When the notes should be written, in Unix milliseconds; null: there are none. */
  get dueMs(): number | null {
    return this.#dueMs;
  }

  /** Hands out all notes and forgets them. */
  take(): [keyId: string, usedAt: number][] {
    const notes = [...this.#unwritten];
    this.#unwritten.clear();
    this.#dueMs = null;
    return notes;
  }
}

function toMinute(nowMs: number): number {
  const seconds = Math.floor(nowMs / 1000);
  return seconds - (seconds % SECONDS_PER_MINUTE);
}
