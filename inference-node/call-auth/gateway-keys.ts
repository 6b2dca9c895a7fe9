// The gateway's public keys while the node runs. Where they came from is looked at again: now and then, so that a key that was
// taken out stops working, and when a call names a key that is not known, so that a new one works at once. What is broken there
// changes nothing.
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { GatewayKeySet, GatewayKeySetResult } from '../config/gateway-key-set.ts';

/** Nobody's calls, good or bad, make the node look more often than this; a source may bear less. */
const LOOK_INTERVAL_MS = 5_000;

/** `unknown`: a call names a key that is not there. */
export type KeysWanted = 'any' | 'unknown';

export type GatewayKeySource = {
  /** What it holds; null when that has not changed since the last time. */
  readIfChanged: (wanted: KeysWanted) => Promise<GatewayKeySetResult | null>;
};

export type GatewayKeysOptions = {
  keySet: GatewayKeySet;
  /** Null: the keys were given for good. */
  source: GatewayKeySource | null;
  /** Told the ids of the keys when they have changed, and what is wrong with a source that cannot be used. */
  onChange?: (kids: readonly string[]) => void;
  onProblem?: (problem: string) => void;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
};

export class GatewayKeys {
  readonly #options: GatewayKeysOptions;
  readonly #now: () => number;
  #keySet: GatewayKeySet;
  #find: JWTVerifyGetKey;
  /** Every call waits for this one. */
  #looking: Promise<void> | null = null;
  /** For this one, those whose key is not known: it may take as long as the gateway likes. */
  #lookingForUnknown: Promise<void> | null = null;
  #lookedAt: number;
  #lookedForUnknownAt = -Infinity;

  constructor(options: GatewayKeysOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#keySet = options.keySet;
    this.#find = createLocalJWKSet(options.keySet);
    this.#lookedAt = this.#now();
  }

  /** The key that a token names, for `jwtVerify`. Rejects with jose's `JWKSNoMatchingKey` when there is none. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#now() - this.#lookedAt >= LOOK_INTERVAL_MS) this.#look();
    await this.#looking;
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      this.#lookForUnknown();
      if (this.#lookingForUnknown === null) throw error;
      await this.#lookingForUnknown;
      return this.#find(header, token);
    }
  };

  #look(): void {
    this.#lookedAt = this.#now();
    this.#looking ??= this.#take('any').finally(() => {
      this.#looking = null;
    });
  }

  #lookForUnknown(): void {
    if (this.#options.source === null || this.#now() - this.#lookedForUnknownAt < LOOK_INTERVAL_MS) return;
    this.#lookedForUnknownAt = this.#now();
    this.#lookedAt = this.#lookedForUnknownAt;
    this.#lookingForUnknown ??= this.#take('unknown').finally(() => {
      this.#lookingForUnknown = null;
    });
  }

  async #take(wanted: KeysWanted): Promise<void> {
    const result = await this.#options.source?.readIfChanged(wanted);
    if (result === null || result === undefined) return;
    if (!result.ok) {
      this.#options.onProblem?.(result.problem);
      return;
    }
    // A file may be written anew with what it held.
    if (JSON.stringify(result.keySet) === JSON.stringify(this.#keySet)) return;
    this.#keySet = result.keySet;
    this.#find = createLocalJWKSet(result.keySet);
    this.#options.onChange?.(result.keySet.keys.map(({ kid }) => kid ?? ''));
  }
}
