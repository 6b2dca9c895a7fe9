// From the passphrase to the key that a backup is encrypted with.
import { scrypt } from 'node:crypto';
import { KEY_DERIVATION } from './backup-header.ts';

const KEY_BYTES = 32;
/** Enough to know the passphrase by; nothing can be learnt from it that a chunk's tag would not tell as well. */
const CHECK_BYTES = 16;
/** scrypt takes 128 × N × r bytes, and Node wants the limit to be above that. */
const MAX_MEMORY_BYTES = 256 * KEY_DERIVATION.N * KEY_DERIVATION.r;

export type BackupKey = {
  /** Secret: for AES-256-GCM. */
  key: Buffer;
  /** Stands in the header. */
  check: string;
};

/** Takes about half a second, on purpose. */
export async function deriveBackupKey(passphrase: string, salt: Buffer): Promise<BackupKey> {
  const { N, r, p } = KEY_DERIVATION;
  // The same letters may be typed as other code points on another system.
  const text = passphrase.normalize('NFC');
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    scrypt(text, salt, KEY_BYTES + CHECK_BYTES, { N, r, p, maxmem: MAX_MEMORY_BYTES }, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
  return { key: bytes.subarray(0, KEY_BYTES), check: bytes.subarray(KEY_BYTES).toString('base64url') };
}
