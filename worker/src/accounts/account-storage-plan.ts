// What of an Account's storage goes into a backup. Keys, their secrets and the audit of both are of one moment. What calls change
// is read in an order in which no call that ends meanwhile is counted twice, or has a lease that nobody could end: its usage before
// the note that it is settled, its lease last.
import type { StoragePlan } from '../objects/storage-plan.ts';
import { ACCOUNT_MIGRATIONS } from './account-schema.ts';

export const ACCOUNT_STORAGE: StoragePlan = {
  owner: 'Account',
  migrations: ACCOUNT_MIGRATIONS,
  together: [{ name: 'account' }, { name: 'cancelled_keys' }, { name: 'keys' }, { name: 'secrets' }, { name: 'audit' }],
  afterwards: [
    { name: 'usage', order: ['hour', 'key_id', 'model'] },
    { name: 'limit_counters', order: ['scope'] },
    { name: 'settled_calls', order: ['call_id'] },
    { name: 'leases', order: ['call_id'] },
  ],
  // What was owed to the gateway that was backed up. What a restored account owes: owe-after-restore.ts.
  leftOut: ['outbox'],
  readMark: (sql) => {
    const query = `SELECT (SELECT version FROM account) AS version, (SELECT max(sequence) FROM audit) AS audit`;
    const { version, audit } = sql.exec<{ version: number | null; audit: number | null }>(query).one();
    return `${version ?? 0}.${audit ?? 0}`;
  },
};
