// The gateway's public keys as it tells them itself, over TLS: at every opening of the link, and when a call names one that is not
// known yet.
import type { GatewayKeySource, KeysWanted } from '../call-auth/gateway-keys.ts';
import type { GatewayKeySet, GatewayKeySetResult } from '../config/gateway-key-set.ts';
import type { LinkTarget } from '../config/link-target.ts';
import { askForHello } from './link-hello.ts';

export class LinkKeys implements GatewayKeySource {
  readonly #target: LinkTarget;
  #news: GatewayKeySet | null = null;

  constructor(target: LinkTarget) {
    this.#target = target;
  }

  /** Takes what a greeting told. */
  note(keySet: GatewayKeySet): void {
    this.#news = keySet;
  }

  /** Asks the gateway only for a key that is not known: a call that is good need not wait for it. */
  async readIfChanged(wanted: KeysWanted): Promise<GatewayKeySetResult | null> {
    if (this.#news !== null) {
      const keySet = this.#news;
      this.#news = null;
      return { ok: true, keySet };
    }
    if (wanted === 'any') return null;
    const result = await askForHello(this.#target);
    return result.ok ? { ok: true, keySet: result.hello.keySet } : { ok: false, problem: result.problem };
  }
}
