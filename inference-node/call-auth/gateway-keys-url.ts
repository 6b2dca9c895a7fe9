// The gateway's public keys from its own URL: asked for again when a call names a key that is not known, and now and then, so that
// a key that was taken out is forgotten. While the gateway is away, what it said last is believed.
import { gatewayKeySetSchema, type GatewayKeySetResult } from '../config/gateway-key-set.ts';
import { fetchGatewayJson } from './fetch-gateway-json.ts';
import type { GatewayKeySource, KeysWanted } from './gateway-keys.ts';

/** Whoever calls with whatever keys: the gateway is not asked more often for one that is unknown. */
export const KEYS_COOLDOWN_MS = 30_000;
/** For how long a key may outlive its end where calls go on. */
export const KEYS_REFRESH_MS = 600_000;

export class GatewayKeysUrl implements GatewayKeySource {
  readonly #url: string;
  readonly #now: () => number;
  #askedForUnknownAt = -Infinity;
  #refreshAt = -Infinity;
  #asking: Promise<GatewayKeySetResult> | null = null;
  /** What was learned while no call waited for it. */
  #news: GatewayKeySetResult | null = null;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(url: string, now: () => number = () => performance.now()) {
    this.#url = url;
    this.#now = now;
  }

  /** Asks, or joins who is asking. Never rejects. */
  ask(): Promise<GatewayKeySetResult> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** A call whose key is known waits for nothing: what is new is looked for behind it. */
  async readIfChanged(wanted: KeysWanted): Promise<GatewayKeySetResult | null> {
    if (wanted === 'unknown' && this.#now() - this.#askedForUnknownAt >= KEYS_COOLDOWN_MS) {
      this.#askedForUnknownAt = this.#now();
      return this.ask();
    }
    if (this.#now() >= this.#refreshAt) {
      void this.ask().then((result) => {
        this.#news = result;
      });
    }
    const news = this.#news;
    this.#news = null;
    return news;
  }

  async #fetch(): Promise<GatewayKeySetResult> {
    const askedAt = this.#now();
    this.#refreshAt = askedAt + KEYS_COOLDOWN_MS;
    const answer = await fetchGatewayJson(this.#url);
    if (answer === null) return { ok: false, problem: `no gateway answers at ${this.#url}` };
    const keySet = gatewayKeySetSchema.safeParse(answer.value);
    if (answer.status !== 200 || !keySet.success) {
      return { ok: false, problem: `${this.#url} answered ${answer.status}, and not with public Ed25519 keys` };
    }
    this.#refreshAt = askedAt + KEYS_REFRESH_MS;
    return { ok: true, keySet: keySet.data };
  }
}
