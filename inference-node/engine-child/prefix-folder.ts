// The folder of the prefix store: the owner's alone, with nothing in it that this process has not made or checked.
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
/** Rights of anybody but the owner. */
const OTHERS = 0o077;
const STATE_FILE = /^[0-9a-f-]{36}\.kv$/;

export class PrefixFolder {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes it where it is not there. Throws where it is no folder of the owner's alone: others could put files there. */
  static async open(path: string): Promise<PrefixFolder> {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const found = await lstat(path);
    const owner = process.getuid?.() ?? found.uid;
    const isOpenToOthers = process.platform !== 'win32' && (found.mode & OTHERS) !== 0;
    if (!found.isDirectory() || found.uid !== owner || isOpenToOthers) {
      throw new Error(`${path} is not a folder that belongs to this user alone (mode 0700)`);
    }
    return new PrefixFolder(path);
  }

  pathOf(file: string): string {
    return join(this.#path, file);
  }

  /** A new file, empty, which only its owner reads; returns its name. */
  async create(): Promise<string> {
    const file = `${randomUUID()}.kv`;
    // Whoever writes it then keeps its rights.
    const handle = await open(this.pathOf(file), 'wx', OWNER_ONLY_FILE);
    await handle.close();
    return file;
  }

  /** Whether it is a plain file of this size. */
  async has(file: string, bytes: number): Promise<boolean> {
    const found = await lstat(this.pathOf(file)).catch(() => null);
    return found?.isFile() === true && found.size === bytes;
  }

  async remove(file: string): Promise<void> {
    await rm(this.pathOf(file), { force: true }).catch(() => undefined);
  }

  /** Removes every state but these. */
  async removeAllBut(files: ReadonlySet<string>): Promise<void> {
    const others = (await readdir(this.#path)).filter((file) => STATE_FILE.test(file) && !files.has(file));
    await Promise.all(others.map((file) => this.remove(file)));
  }
}
