// What of the Registry's storage goes into a backup. Users, admin tokens, nodes and the audit of both are of one moment. The copies of keys
// follow; what they lack is found when the accounts are restored.
import type { StoragePlan } from '../objects/storage-plan.ts';
import { REGISTRY_MIGRATIONS } from './registry-schema.ts';

export const REGISTRY_STORAGE: StoragePlan = {
  owner: 'Registry',
  migrations: REGISTRY_MIGRATIONS,
  together: [{ name: 'users' }, { name: 'admin_tokens' }, { name: 'nodes' }, { name: 'meta' }, { name: 'audit' }],
  afterwards: [
    { name: 'keys' },
    { name: 'audit_heads', order: ['account_id'] },
    { name: 'usage', order: ['hour', 'key_id', 'model'] },
  ],
  // Sums of `usage`, which would not be of the same moment.
  leftOut: ['usage_totals'],
  readMark: (sql) =>
    String(sql.exec<{ audit: number | null }>('SELECT max(sequence) AS audit FROM audit').one().audit ?? 0),
};
