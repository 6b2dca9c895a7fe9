// What the administration of an account works with.
import type { AuditChain } from '../audit/audit-chain.ts';
import type { AccountOutbox } from './account-outbox.ts';
import type { KeyStore } from './key-store.ts';
import type { LastUse } from './last-use.ts';
import type { SecretStore } from './secret-store.ts';

export type AccountParts = {
  keys: KeyStore;
  secrets: SecretStore;
  outbox: AccountOutbox;
  audit: AuditChain;
  lastUse: LastUse;
  /** All of `work` or none of it, with the alarm for what it leaves to do. Resolves once that is stored. */
  commit: <Value>(work: () => Value) => Promise<Value>;
  /** Resolves when no verdict that was given before this moment is in use any more. */
  runOut: () => Promise<void>;
};
