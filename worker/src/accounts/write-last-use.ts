// Writes what is known of keys' and secrets' last uses, and owes lists the news. Inside the alarm's transaction.
import type { AccountParts } from './account-parts.ts';

export function writeLastUse({ keys, secrets, outbox, lastUse }: AccountParts): void {
  const notes = lastUse.take();
  for (const [digest, usedAt] of notes.secrets) secrets.writeUse(digest, usedAt);
  for (const [keyId, usedAt] of notes.keys) {
    keys.writeLastUse(keyId, usedAt);
    outbox.put('key', keyId, Date.now());
  }
}
