// A double of the key index that enforces KV's rule of one write a second per key, can be made to fail, and shows stale
// reads nowhere: it is for what is written.
import type { IndexEntry, KeyIndex } from '../../worker/src/keys/key-index.ts';

const WRITE_SPACING_MS = 1_000;

export class StrictKeyIndex implements KeyIndex {
  readonly entries = new Map<string, IndexEntry>();
  /** How many of the next writes fail. */
  failing = 0;
  writes = 0;
  refusals = 0;
  /** Called while a write is on its way. */
  onWrite: () => Promise<void> | void = () => undefined;
  readonly #lastWriteMs = new Map<string, number>();

  async write(digest: string, entry: IndexEntry): Promise<void> {
    await this.#begin(digest);
    this.entries.set(digest, entry);
  }

  async remove(digest: string): Promise<void> {
    await this.#begin(digest);
    this.entries.delete(digest);
  }

  async #begin(digest: string): Promise<void> {
    await this.onWrite();
    if (this.failing > 0) {
      this.failing -= 1;
      throw new Error('KV PUT failed: 500');
    }
    if (Date.now() < (this.#lastWriteMs.get(digest) ?? 0) + WRITE_SPACING_MS) {
      this.refusals += 1;
      throw new Error('KV PUT failed: 429 Too Many Requests');
    }
    this.#lastWriteMs.set(digest, Date.now());
    this.writes += 1;
  }
}
