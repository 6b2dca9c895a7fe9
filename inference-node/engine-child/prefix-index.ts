// Which beginnings of prompts are stored, and which of them goes first when there is no room: the one that was used the longest ago.
import { commonPrefix } from './common-prefix.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

/** Whose beginnings: never is one of another owner given out. `account` null: everybody's, text that the operator calls so. */
export type PrefixOwner = { model: string; account: string | null };

export type StoredPrefix = PrefixOwner & {
  /** Name of its file. */
  readonly file: string;
  readonly tokens: readonly Token[];
  readonly bytes: number;
  /** A keyed digest of the file, where it was made by an earlier process; null: by this one. */
  readonly digest: string | null;
};

export class PrefixIndex {
  /** In the order of their last use. */
  readonly #prefixes = new Set<StoredPrefix>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#prefixes.size;
  }

  /** The one that was used the longest ago first. */
  [Symbol.iterator](): IterableIterator<StoredPrefix> {
    return this.#prefixes.values();
  }

  get oldest(): StoredPrefix | null {
    for (const prefix of this.#prefixes) return prefix;
    return null;
  }

  /** The one that has most of a prompt's beginning. */
  best(owner: PrefixOwner, prompt: readonly Token[]): { prefix: StoredPrefix; length: number } | null {
    let best: { prefix: StoredPrefix; length: number } | null = null;
    for (const prefix of this.#of(owner)) {
      const length = commonPrefix(prefix.tokens, prompt);
      if (length > (best?.length ?? 0)) best = { prefix, length };
    }
    return best;
  }

  /** It was used. */
  touch(prefix: StoredPrefix): void {
    if (!this.#prefixes.delete(prefix)) return;
    this.#prefixes.add(prefix);
  }

  /** Returns those that are beginnings of it, and no longer there: nobody needs them beside it. */
  add(prefix: StoredPrefix): StoredPrefix[] {
    const needless = [...this.#of(prefix)].filter(
      ({ tokens }) => commonPrefix(tokens, prefix.tokens) === tokens.length,
    );
    for (const other of needless) this.remove(other);
    this.#prefixes.add(prefix);
    this.#bytes += prefix.bytes;
    return needless;
  }

  remove(prefix: StoredPrefix): void {
    if (this.#prefixes.delete(prefix)) this.#bytes -= prefix.bytes;
  }

  *#of({ model, account }: PrefixOwner): Generator<StoredPrefix> {
    for (const prefix of this.#prefixes) if (prefix.account === account && prefix.model === model) yield prefix;
  }
}
