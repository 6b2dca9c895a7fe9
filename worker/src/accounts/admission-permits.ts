// Verdicts that this isolate may use again without asking, each for as long as its Account allowed. Only permissions are kept,
// never refusals; only values, never promises. Whoever takes a right away waits until none of these is left
// (docs/decisions/0003-admission-permits.md).
import { BoundedMap } from '../isolate/bounded-map.ts';

/** About 2 MB. A key beyond it is asked for at every call, nothing worse. */
const MAX_PERMITS = 10_000;

type Permit = {
  /** The models that the key may use; null: all. */
  models: string[] | null;
  askedAtMs: number;
  untilMs: number;
};

export class AdmissionPermits {
  readonly #byDigest = new BoundedMap<string, Permit>(MAX_PERMITS);

  /**
   * The permission of a secret for a model (null: for no model in particular), or null when the Account must be asked. A
   * clock that stepped back makes a permit worthless: nobody knows how old it is.
   */
  find(secretDigest: string, model: string | null, nowMs: number): { models: string[] | null } | null {
    const permit = this.#byDigest.get(secretDigest);
    if (permit === undefined || nowMs < permit.askedAtMs || nowMs >= permit.untilMs) return null;
    if (model !== null && permit.models !== null && !permit.models.includes(model)) return null;
    return { models: permit.models };
  }

  /** Keeps a permission. `askedAtMs` was read before the question was sent. */
  keep(secretDigest: string, models: string[] | null, askedAtMs: number, permitMs: number): void {
    if (permitMs > 0) this.#byDigest.set(secretDigest, { models, askedAtMs, untilMs: askedAtMs + permitMs });
  }
}
