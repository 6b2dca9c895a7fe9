// Whether a credential may be tried now: by what this client did wrong before, and by what this isolate has seen succeed. It
// never looks at whose credential it is, so that nobody can lock it out by presenting bad ones. Values only, time is handed in.
import { AttemptBudget, type AttemptBudgetOptions } from './attempt-budget.ts';
import { BoundedMap } from './bounded-map.ts';

export type CredentialGuardOptions = AttemptBudgetOptions & {
  /** How many credentials that succeeded are remembered. */
  maxProven: number;
};

export class CredentialGuard {
  readonly #budget: AttemptBudget;
  /** By digest. Only a success makes an entry, a failure removes it: what was revoked passes once more at most. */
  readonly #proven: BoundedMap<string, true>;

  constructor(options: CredentialGuardOptions) {
    this.#budget = new AttemptBudget(options);
    this.#proven = new BoundedMap(options.maxProven);
  }

  /** True for a credential that succeeded last time. */
  isProven(digest: string): boolean {
    return this.#proven.get(digest) === true;
  }

  /** Milliseconds until this client (null: not known) may try a credential that is not proven; 0: now. */
  waitMs(client: string | null, nowMs: number): number {
    return this.#budget.waitMs(client, nowMs);
  }

  noteSuccess(digest: string): void {
    this.#proven.set(digest, true);
  }

  /** `digest`: null when what was presented has not the form of a credential. */
  noteFailure(client: string | null, digest: string | null, nowMs: number): void {
    if (digest !== null) this.#proven.delete(digest);
    this.#budget.noteFailure(client, nowMs);
  }
}
