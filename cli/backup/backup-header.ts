// The first line of a backup file, in the clear: what it is, and how the key is made of the passphrase. It is part of what each
// chunk's tag vouches for.
import * as z from 'zod';

export const BACKUP_FORMAT = 'hearthkey-backup';
export const BACKUP_FORMAT_VERSION = 1;
/** A line of some 400 characters, and room for later ones. */
export const MAX_HEADER_BYTES = 4_096;

/** The parameters of scrypt (RFC 7914): half a second and 128 MiB for each guess of the passphrase. */
export const KEY_DERIVATION = { name: 'scrypt', N: 131_072, r: 8, p: 1 } as const;

/** What every version has: enough to say why a file cannot be read. */
export const anyHeaderSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  version: z.int().min(1),
  product: z.string().max(64),
});

export const backupHeaderSchema = anyHeaderSchema.extend({
  version: z.literal(BACKUP_FORMAT_VERSION),
  /** Of this backup: a restore that broke off goes on with the same one. */
  id: z.string().regex(/^[0-9A-Za-z]{16}$/),
  /** Unix time in seconds. */
  created: z.int().min(0),
  kdf: z.object({
    name: z.literal(KEY_DERIVATION.name),
    N: z.literal(KEY_DERIVATION.N),
    r: z.literal(KEY_DERIVATION.r),
    p: z.literal(KEY_DERIVATION.p),
    salt: z.base64url(),
  }),
  cipher: z.literal('aes-256-gcm'),
  /** The beginning of each chunk's nonce. */
  nonce: z.base64url(),
  /** Tells a wrong passphrase from a damaged file. */
  check: z.base64url(),
});

export type BackupHeader = z.infer<typeof backupHeaderSchema>;
