// An API key as the objects speak of it: everything but its secrets.
import type { Metadata } from '../admin/admin-user.ts';
import type { KeyPriority } from '../admin/key-priority.ts';
import type { KeyScope } from '../admin/key-scope.ts';
import type { Limits } from '../admin/limits.ts';

/** What of a key can be set and changed. */
export type KeySettings = {
  name: string;
  /** The models that the key may use; null: all. */
  models: string[] | null;
  /** The route groups that the key may use; null: all. */
  scopes: KeyScope[] | null;
  /** IP addresses and networks (CIDR) from which it may be used; null: any. */
  addresses: string[] | null;
  /** Of the key alone; null: none. */
  limits: Limits | null;
  metadata: Metadata;
  /** Unix time in seconds; null: never. */
  expiresAt: number | null;
  /** The key is due for rotation so many seconds after its current secret was made; null: never. */
  rotateAfter: number | null;
  /** Whose turn it is where calls wait for the model. */
  priority: KeyPriority;
};

/** A former secret of a key, while it still works. Unix times in seconds. */
export type GraceSecret = { createdAt: number; endsAt: number; lastUsedAt: number | null };

export type KeyRecord = KeySettings & {
  /** 16 base62 characters; the first 8 are the account. */
  keyId: string;
  accountId: string;
  /** Unix times in seconds; null: never, or not yet. */
  createdAt: number;
  disabledAt: number | null;
  revokedAt: number | null;
  /** To the minute, and up to a minute late. */
  lastUsedAt: number | null;
  /** When the current secret was made. */
  rotatedAt: number;
  /** Newest first. */
  graceSecrets: GraceSecret[];
  /** Grows with every change. A copy never replaces one of a higher version. */
  version: number;
};

/** What of a key is to be changed. Absent fields stay as they are. */
export type KeyChange = { [Name in keyof KeySettings]?: KeySettings[Name] | undefined };

/** A key to be made. Its secret stays with the Worker that minted it; the objects see the digest alone. */
export type NewKey = KeySettings & {
  keyId: string;
  /** SHA-256 of the whole key, base64url. */
  secretDigest: string;
};
