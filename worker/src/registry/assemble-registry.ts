// What the Registry is made of: its tables' readers and writers, and the acts that are done with them. Touches no storage yet.
import { gatewayConfig } from '../config/gateway-config.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { AccountAccess } from './account-access.ts';
import { AdminTokens } from './admin-tokens.ts';
import { AuditHeads } from './audit-heads.ts';
import { KeyAdministration } from './key-administration.ts';
import { KeyDirectory } from './key-directory.ts';
import { NodeAdministration } from './node-administration.ts';
import { NodeRecords } from './node-records.ts';
import { RegistryAudit } from './registry-audit.ts';
import { TokenAdministration } from './token-administration.ts';
import { UsageRollups } from './usage-rollups.ts';
import { UserAdministration } from './user-administration.ts';
import { UserDirectory } from './user-directory.ts';

export type RegistryWorkings = ReturnType<typeof assembleRegistry>;

/** `arm` sets the object's alarm to the earliest of what is due. */
export function assembleRegistry(storage: DurableObjectStorage, env: GatewayEnv, arm: () => Promise<void>) {
  const { sql } = storage;
  const parts = {
    storage,
    users: new UserDirectory(sql),
    keys: new KeyDirectory(sql),
    tokens: new AdminTokens(sql),
    nodes: new NodeRecords(sql),
    rollups: new UsageRollups(sql),
    heads: new AuditHeads(sql),
    audit: new RegistryAudit({ sql, namespace: env.KEYS, secrets: () => gatewayConfig(env) }),
    accounts: new AccountAccess(env),
    arm,
  };
  return {
    parts,
    users: new UserAdministration(parts),
    keys: new KeyAdministration(parts),
    tokens: new TokenAdministration(parts),
    nodes: new NodeAdministration(parts),
  };
}
