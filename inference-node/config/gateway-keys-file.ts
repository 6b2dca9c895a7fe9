// A file of `--gateway-keys`, read again when it changes, so that the gateway's signing key can be replaced while this node
// runs.
import { readFile, stat } from 'node:fs/promises';
import { parseGatewayKeySet, type GatewayKeySetResult } from './gateway-key-set.ts';

/** Why a file cannot be read, as a clause. */
export function readFailure(error: unknown): string {
  return `cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`;
}

export class GatewayKeysFile {
  readonly path: string;
  /** What tells one content of the file from the next. */
  #stamp: string | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** What the file holds; null when it has not changed since the last time. Never rejects: a file that is gone is a problem. */
  async readIfChanged(): Promise<GatewayKeySetResult | null> {
    const stamp = await this.#readStamp();
    if (stamp === this.#stamp) return null;
    // Kept also when what was read is no good: the next change is the next chance.
    this.#stamp = stamp;
    try {
      return parseGatewayKeySet(await readFile(this.path, 'utf8'));
    } catch (error) {
      return { ok: false, problem: readFailure(error) };
    }
  }

  async #readStamp(): Promise<string> {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(this.path, { bigint: true });
      return [ino, size, mtimeNs, ctimeNs].join(' ');
    } catch {
      return 'none';
    }
  }
}
