// An API key as the objects speak of it: everything but its secrets.
import type { Metadata } from '../admin/admin-user.ts';

export type KeyRecord = {
  /** 16 base62 characters; the first 8 are the account. */
  keyId: string;
  accountId: string;
  name: string;
  /** The models that the key may use; null: all. */
  models: string[] | null;
  metadata: Metadata;
  /** Unix times in seconds; null: never, or not yet. */
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
  /** To the minute, and up to a minute late. */
  lastUsedAt: number | null;
  /** Grows with every change. A copy never replaces one of a higher version. */
  version: number;
};

/** What of a key can be changed. Absent fields stay as they are. */
export type KeyChange = {
  name?: string | undefined;
  models?: string[] | null | undefined;
  /** Unix time in seconds; null: never. */
  expiresAt?: number | null | undefined;
  metadata?: Metadata | undefined;
};

/** A key to be made. Its secret stays with the Worker that minted it; the objects see the digest alone. */
export type NewKey = {
  keyId: string;
  /** SHA-256 of the whole key, base64url. */
  secretDigest: string;
  name: string;
  models: string[] | null;
  metadata: Metadata;
  /** Unix time in seconds; null: never. */
  expiresAt: number | null;
};
