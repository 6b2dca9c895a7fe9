// Remembers the ids of calls that were let in until their tokens have expired, so that none counts twice. Bounded: when it is
// full of live ids, calls are refused (fail closed). Only signed calls get in, so only the gateway could fill it.

export type ReplayVerdict = 'fresh' | 'seen' | 'full';

/**
 * An id is kept for at most 90 s (life, and tolerance on both sides), usually 60 s: room for over 3,000 calls a second,
 * more than a node's HTTP server answers. About 20 MB when full.
 */
const MAX_IDS = 200_000;

export class ReplayGuard {
  /** Id → when it may be forgotten, in Unix milliseconds; oldest first. */
  readonly #ids = new Map<string, number>();
  readonly #capacity: number;

  constructor(capacity: number = MAX_IDS) {
    this.#capacity = capacity;
  }

  /** Lets an id in once. `expiresAt`: when its token is refused anyway, in Unix milliseconds. */
  admit(id: string, expiresAt: number, now: number): ReplayVerdict {
    if (this.#ids.has(id)) return 'seen';
    this.#forgetExpired(now);
    if (this.#ids.size >= this.#capacity) return 'full';
    this.#ids.set(id, expiresAt);
    return 'fresh';
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Entries are nearly in order of expiry; one that lives longer than those behind it holds them up for 30 s at most. */
  #forgetExpired(now: number): void {
    for (const [id, expiresAt] of this.#ids) {
      if (expiresAt >= now) return;
      this.#ids.delete(id);
    }
  }
}
