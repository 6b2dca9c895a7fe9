// A double of a KV namespace with KV's rules: a write is seen elsewhere only after a delay, what was read (also that there is
// nothing) is remembered at its place for a minute, one write a second for a key, lives of at least a minute. It keeps no time
// of its own: tests move the (faked) clock. https://developers.cloudflare.com/kv/concepts/how-kv-works/
import { vi } from 'vitest';

const WRITE_SPACING_MS = 1_000;
/** `cacheTtl`, as it is when nobody says otherwise. */
const REMEMBERED_MS = 60_000;
const MIN_TTL_SECONDS = 60;

type Version = { value: string | null; visibleFromMs: number; endsMs: number };
type Remembered = { value: string | null; untilMs: number };

export class DelayedKv {
  /** How long a write takes to be seen at other places. */
  propagationMs = 60_000;
  /** Whether writes reach KV at all. */
  isDown = false;
  readonly refusals: string[] = [];
  writes = 0;
  readonly #versions = new Map<string, Version[]>();
  readonly #lastWriteMs = new Map<string, number>();

  /** Lets time pass. The test has faked `Date`. */
  advanceTime(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
  }

  /** What was written last, wherever one asks from. */
  truth(key: string): string | null {
    return this.#valueAt(key, Number.POSITIVE_INFINITY);
  }

  /** The namespace as an Account writes it. */
  writer(): KVNamespace {
    return {
      put: (key: string, value: string, options: { expirationTtl?: number } = {}) =>
        this.#write(key, value, options.expirationTtl),
      delete: (key: string) => this.#write(key, null),
      get: (keys: string | string[]) => Promise.resolve(answer(keys, (key) => this.truth(key))),
    } as unknown as KVNamespace;
  }

  /** The namespace as it is read at a place of its own, with its own memory. */
  place(): KVNamespace {
    const remembered = new Map<string, Remembered>();
    const read = (key: string): string | null => {
      const known = remembered.get(key);
      if (known !== undefined && known.untilMs > Date.now()) return known.value;
      const value = this.#valueAt(key, Date.now());
      remembered.set(key, { value, untilMs: Date.now() + REMEMBERED_MS });
      return value;
    };
    return { get: (keys: string | string[]) => Promise.resolve(answer(keys, read)) } as unknown as KVNamespace;
  }

  async #write(key: string, value: string | null, ttlSeconds?: number): Promise<void> {
    await Promise.resolve();
    if (this.isDown) this.#refuse('KV PUT failed: 500');
    if (ttlSeconds !== undefined && ttlSeconds < MIN_TTL_SECONDS)
      this.#refuse('KV PUT failed: 400 Invalid expiration_ttl');
    if (Date.now() < (this.#lastWriteMs.get(key) ?? -Infinity) + WRITE_SPACING_MS) {
      this.#refuse('KV PUT failed: 429 Too Many Requests');
    }
    this.writes += 1;
    this.#lastWriteMs.set(key, Date.now());
    const versions = this.#versions.get(key) ?? [];
    const endsMs = ttlSeconds === undefined ? Infinity : Date.now() + ttlSeconds * 1000;
    versions.push({ value, visibleFromMs: Date.now() + this.propagationMs, endsMs });
    this.#versions.set(key, versions);
  }

  #refuse(problem: string): never {
    this.refusals.push(problem);
    throw new Error(problem);
  }

  #valueAt(key: string, seenMs: number): string | null {
    const version = this.#versions.get(key)?.findLast(({ visibleFromMs }) => visibleFromMs <= seenMs);
    return version === undefined || version.endsMs <= Date.now() ? null : version.value;
  }
}

function answer(keys: string | string[], read: (key: string) => string | null) {
  return typeof keys === 'string' ? read(keys) : new Map(keys.map((key) => [key, read(key)]));
}
