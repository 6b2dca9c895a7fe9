// Stored prefixes that outlive the process: a list of them with a keyed digest of each file, and of the list itself. The key lies
// with the node's state, which need not be where the files lie. A file is read again only if it is the very one.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { PrefixFolder } from './prefix-folder.ts';
import type { StoredPrefix } from './prefix-index.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

const LIST_FILE = 'kept.json';
const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;
/** The process is to end: files are digested for so long, those that were used last first. About 2 GB. */
const DIGEST_MS = 2500;

const listSchema = z.strictObject({
  prefixes: z.array(
    z.strictObject({
      model: z.string(),
      account: z.string().nullable(),
      file: z.string().regex(/^[0-9a-f-]{36}\.kv$/),
      tokens: z.array(z.int().min(0)).transform((tokens) => tokens as Token[]),
      bytes: z.int().min(0),
      digest: z.string(),
    }),
  ),
});

export class KeptPrefixes {
  readonly #folder: PrefixFolder;
  readonly #key: Buffer;

  private constructor(folder: PrefixFolder, key: Buffer) {
    this.#folder = folder;
    this.#key = key;
  }

  /** `keyFile` is made when it is not there. */
  static async open(folder: PrefixFolder, keyFile: string): Promise<KeptPrefixes> {
    const found = await readFile(keyFile).catch(() => null);
    if (found?.length === KEY_BYTES) return new KeptPrefixes(folder, found);
    const key = randomBytes(KEY_BYTES);
    await rm(keyFile, { force: true });
    await writeFile(keyFile, key, { mode: OWNER_ONLY, flag: 'wx' });
    return new KeptPrefixes(folder, key);
  }

  /** What an earlier process left, and wrote down; the one that was used the longest ago first. The list is gone then: it holds until something is changed. */
  async read(): Promise<StoredPrefix[]> {
    const path = this.#folder.pathOf(LIST_FILE);
    const text = await readFile(path, 'utf8').catch(() => null);
    await rm(path, { force: true });
    const [digest, json] = text?.split('\n', 2) ?? [];
    if (json === undefined || !isSame(digest ?? '', this.#digestOf(json))) return [];
    return listSchema.parse(JSON.parse(json)).prefixes;
  }

  /** Writes the list; returns the files on it. `prefixes`: the one that was used last first. */
  async write(prefixes: readonly StoredPrefix[]): Promise<string[]> {
    const until = performance.now() + DIGEST_MS;
    const kept: StoredPrefix[] = [];
    for (const prefix of prefixes) {
      if (performance.now() > until) break;
      const digest = prefix.digest ?? (await this.#digestOfFile(prefix));
      if (digest !== null) kept.unshift({ ...prefix, digest });
    }
    const json = JSON.stringify({ prefixes: kept });
    const path = this.#folder.pathOf(LIST_FILE);
    await writeFile(`${path}.new`, `${this.#digestOf(json)}\n${json}\n`, { mode: OWNER_ONLY });
    await rename(`${path}.new`, path);
    return kept.map(({ file }) => file);
  }

  /** Whether its file is the one that was written. */
  async isGenuine(prefix: StoredPrefix): Promise<boolean> {
    return isSame(prefix.digest ?? '', (await this.#digestOfFile(prefix)) ?? '');
  }

  async #digestOfFile({ file, bytes }: StoredPrefix): Promise<string | null> {
    const content = await readFile(this.#folder.pathOf(file)).catch(() => null);
    return content?.length === bytes ? this.#digestOf(content) : null;
  }

  #digestOf(content: string | Buffer): string {
    return createHmac('sha256', this.#key).update(content).digest('base64url');
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && left.length > 0 && timingSafeEqual(left, right);
}
