// When keys and their secrets were last used, to the minute: kept in memory and written together once a minute, so that a call
// costs no durable write. What a crash takes is at most the last minute of it.
import { toSeconds } from '../usage/calendar.ts';
import type { SecretRow } from './secret-store.ts';

const SECONDS_PER_MINUTE = 60;
/** From the first unwritten use until it is written. */
const WRITE_DELAY_MS = 60_000;

/** Uses that storage has not yet, by key id and by digest, in Unix seconds. */
export type UseNotes = { keys: [keyId: string, usedAt: number][]; secrets: [digest: string, usedAt: number][] };

export class LastUse {
  readonly #keys = new Map<string, number>();
  readonly #secrets = new Map<string, number>();
  #dueMs: number | null = null;

  /** Notes a use. True: something has become due that was not before. */
  note(secret: Pick<SecretRow, 'digest' | 'key_id' | 'last_used_at'>, nowMs: number): boolean {
    const minute = toMinute(nowMs);
    if (secret.last_used_at === minute || this.#secrets.get(secret.digest) === minute) return false;
    this.#secrets.set(secret.digest, minute);
    this.#keys.set(secret.key_id, minute);
    if (this.#dueMs !== null) return false;
    this.#dueMs = nowMs + WRITE_DELAY_MS;
    return true;
  }

  /** The use of a key that storage has not yet, in Unix seconds. */
  ofKey(keyId: string): number | null {
    return this.#keys.get(keyId) ?? null;
  }

  /** The use of a secret that storage has not yet, in Unix seconds. */
  ofSecret(digest: string): number | null {
    return this.#secrets.get(digest) ?? null;
  }

  /** From here on the secret's uses are noted anew. Those of its key stay. */
  forgetSecret(digest: string): void {
    this.#secrets.delete(digest);
  }

  /** When the notes should be written, in Unix milliseconds; null: there are none. */
  get dueMs(): number | null {
    return this.#dueMs;
  }

  /** Hands out all notes and forgets them. */
  take(): UseNotes {
    const notes = { keys: [...this.#keys], secrets: [...this.#secrets] };
    this.#keys.clear();
    this.#secrets.clear();
    this.#dueMs = null;
    return notes;
  }
}

function toMinute(nowMs: number): number {
  const seconds = toSeconds(nowMs);
  return seconds - (seconds % SECONDS_PER_MINUTE);
}
