// Which key a digest belongs to, remembered in the isolate. Identity never changes, so an entry cannot become wrong;
// whether the key is valid is not in here. Bounded: the identity used longest ago makes room.

/** About 2 MB at 200 bytes an entry. */
const MAX_IDENTITIES = 10_000;

export type Identity = { accountId: string; keyId: string };

export class IdentityCache {
  /** In order of use, the oldest first: a Map keeps the order of insertion. */
  readonly #byDigest = new Map<string, Identity>();
  readonly #capacity: number;

  constructor(capacity: number = MAX_IDENTITIES) {
    this.#capacity = capacity;
  }

  get(digest: string): Identity | undefined {
    const identity = this.#byDigest.get(digest);
    if (identity === undefined) return undefined;
    this.#byDigest.delete(digest);
    this.#byDigest.set(digest, identity);
    return identity;
  }

  set(digest: string, identity: Identity): void {
    if (this.#byDigest.size >= this.#capacity && !this.#byDigest.has(digest)) {
      const oldest = this.#byDigest.keys().next();
      if (oldest.done !== true) this.#byDigest.delete(oldest.value);
    }
    this.#byDigest.set(digest, identity);
  }

  get size(): number {
    return this.#byDigest.size;
  }
}
