// Computed beginnings of prompts that no sequence holds any more, in files: bounded, the one that was used the longest ago out
// first. A failure costs what was stored, never a call. llama.cpp trusts the files that it reads, so it is given only those that
// this process has written, or that a keyed digest proves to be an earlier one's.
import type { KeptPrefixes } from './kept-prefixes.ts';
import type { PrefixFolder } from './prefix-folder.ts';
import { PrefixIndex, type PrefixOwner, type StoredPrefix } from './prefix-index.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

/** A call looks through all of them. */
const MAX_PREFIXES = 1024;
/** After a state could not be written (a full disk), none is for so long. */
const AFTER_FAILURE_MS = 60_000;

export type PrefixStoreParts = {
  folder: PrefixFolder;
  maxBytes: number;
  /** What outlives this process; null: nothing does. */
  kept: KeptPrefixes | null;
  /** A sentence for the operator. */
  onProblem: (sentence: string) => void;
};

export class PrefixStore {
  readonly #parts: PrefixStoreParts;
  readonly #index = new PrefixIndex();
  /** Files of an earlier process that were found to be its own. */
  readonly #checked = new WeakSet<StoredPrefix>();
  #noWritesUntil = 0;
  #isClosing = false;

  private constructor(parts: PrefixStoreParts) {
    this.#parts = parts;
  }

  static async open(parts: PrefixStoreParts): Promise<PrefixStore> {
    const store = new PrefixStore(parts);
    for (const prefix of (await parts.kept?.read()) ?? []) store.#index.add(prefix);
    await store.#makeRoom(0);
    await parts.folder.removeAllBut(new Set([...store.#index].map(({ file }) => file)));
    return store;
  }

  /** The stored beginning that has most of a prompt; null: none has anything. */
  find(owner: PrefixOwner, prompt: readonly Token[]): { prefix: StoredPrefix; length: number } | null {
    return this.#index.best(owner, prompt);
  }

  /** Whether a state of about so many bytes could be kept now. */
  hasRoomFor(bytes: number): boolean {
    return !this.#isClosing && bytes <= this.#parts.maxBytes && performance.now() >= this.#noWritesUntil;
  }

  /** Keeps what `write` writes to a file; it answers with the size. `bytes`: about how many; 0: nobody knows. Never throws. */
  async put(
    owner: PrefixOwner,
    tokens: readonly Token[],
    bytes: number,
    write: (path: string) => Promise<number>,
  ): Promise<void> {
    if (!this.hasRoomFor(bytes)) return;
    const { folder, maxBytes, onProblem } = this.#parts;
    let file: string | null = null;
    try {
      await this.#makeRoom(bytes);
      file = await folder.create();
      const written = await write(folder.pathOf(file));
      if (!(await folder.has(file, written))) throw new Error('the file is not as long as what was written');
      if (written > maxBytes) {
        await folder.remove(file);
        return;
      }
      await this.#makeRoom(written);
      const needless = this.#index.add({ ...owner, file, tokens: [...tokens], bytes: written, digest: null });
      await Promise.all(needless.map((prefix) => folder.remove(prefix.file)));
    } catch (error) {
      if (file !== null) await folder.remove(file);
      this.#noWritesUntil = performance.now() + AFTER_FAILURE_MS;
      onProblem(`the prefix store cannot keep a prefix (${describe(error)}); it is tried again in a minute`);
    }
  }

  /** Gives a stored file to `read`; false when it could not be read, and is then gone. Never throws. */
  async use(prefix: StoredPrefix, read: (path: string) => Promise<void>): Promise<boolean> {
    const { folder, onProblem } = this.#parts;
    try {
      if (!(await folder.has(prefix.file, prefix.bytes))) throw new Error('its file is gone, or another one');
      if (!(await this.#isOwn(prefix))) throw new Error('its file was changed');
      await read(folder.pathOf(prefix.file));
      this.#index.touch(prefix);
      return true;
    } catch (error) {
      onProblem(`the prefix store cannot use a prefix that it kept (${describe(error)}); it is computed again`);
      await this.#remove(prefix);
      return false;
    }
  }

  /** It is in use, though its file is not read. */
  touch(prefix: StoredPrefix): void {
    this.#index.touch(prefix);
  }

  /** What comes now is worth keeping only if it outlives this process. */
  beginClosing(): void {
    this.#isClosing = this.#parts.kept === null;
  }

  /** Leaves only what is to outlive this process. Never throws. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { folder, kept, onProblem } = this.#parts;
    try {
      // Those that were used last first: they are what there is time for.
      const files = (await kept?.write([...this.#index].reverse())) ?? [];
      await folder.removeAllBut(new Set(files));
    } catch (error) {
      onProblem(`the prefix store could not be closed (${describe(error)})`);
    }
  }

  async #isOwn(prefix: StoredPrefix): Promise<boolean> {
    if (prefix.digest === null || this.#checked.has(prefix)) return true;
    if ((await this.#parts.kept?.isGenuine(prefix)) !== true) return false;
    this.#checked.add(prefix);
    return true;
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { maxBytes } = this.#parts;
    for (let { oldest } = this.#index; oldest !== null; { oldest } = this.#index) {
      if (this.#index.bytes + bytes <= maxBytes && this.#index.size < MAX_PREFIXES) return;
      await this.#remove(oldest);
    }
  }

  async #remove(prefix: StoredPrefix): Promise<void> {
    this.#index.remove(prefix);
    await this.#parts.folder.remove(prefix.file);
  }
}

/** Of the system or of llama.cpp: it holds no prompt. */
function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
