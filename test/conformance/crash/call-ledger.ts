// Every call that clients made, by key, and how it ended for them.
import type { CallEnd } from './make-call.ts';

export type LoadKey = {
  id: string;
  secret: string;
  limit: 'none' | 'requests_per_day' | 'tokens_per_day' | 'parallel';
};

export class CallLedger {
  readonly #calls = new Map<string, CallEnd[]>();

  add(keyId: string, end: CallEnd): void {
    const calls = this.#calls.get(keyId);
    if (calls === undefined) this.#calls.set(keyId, [end]);
    else calls.push(end);
  }

  of(keyId: string): readonly CallEnd[] {
    return this.#calls.get(keyId) ?? [];
  }

  /** Calls whose answers came whole. */
  whole(keyId: string): Extract<CallEnd, { how: 'whole' }>[] {
    return this.of(keyId).filter((end) => end.how === 'whole');
  }

  /** Calls that were admitted for certain: their 200 was seen. */
  admitted(keyId: string): number {
    return this.of(keyId).filter((end) => end.how === 'whole' || (end.how === 'cut' && end.begun)).length;
  }

  /** How many calls of all keys ended how, for people. */
  describe(): string {
    const ends = [...this.#calls.values()].flat().map((end) => ('code' in end ? `${end.how} (${end.code})` : end.how));
    return [...Map.groupBy(ends, (end) => end)].map(([end, all]) => `${all.length} ${end}`).join(', ');
  }

  /** Calls of which nobody but the gateway knows whether they were counted. */
  uncertain(keyId: string): number {
    return this.of(keyId).filter(({ how }) => how === 'cut' || how === 'failed').length;
  }
}
