// Puts the parts of an account together: who reads from whom, who wakes whom, and what goes out to KV and the Registry.
import type { AuditHead } from '../../../protocol/objects/account-administration.ts';
import { AuditChain } from '../audit/audit-chain.ts';
import { signAuditHead } from '../audit/audit-head.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { createKeyIndex } from '../keys/key-index.ts';
import { registryStub } from '../registry/registry-stub.ts';
import { AccountAlarm } from './account-alarm.ts';
import { AccountOutbox, type OutboxSources } from './account-outbox.ts';
import type { AccountParts } from './account-parts.ts';
import type { AccountSql } from './account-sql.ts';
import { CallAdmission } from './call-admission.ts';
import { KeyRotation } from './key-rotation.ts';
import { KeyStore } from './key-store.ts';
import { LastUse } from './last-use.ts';
import { SecretStore } from './secret-store.ts';
import { UsageLedger } from './usage-ledger.ts';
import { UsageStore } from './usage-store.ts';

/** From the first change of an hour's sums until the Registry hears of it: what a few seconds bring is told together. */
const ROLL_UP_DELAY_MS = 5_000;

export type AssembledAccount = {
  parts: AccountParts;
  calls: CallAdmission;
  rotation: KeyRotation;
  usage: UsageStore;
  alarm: AccountAlarm;
};

export function assembleAccount(
  ctx: DurableObjectState,
  env: GatewayEnv,
  config: GatewayConfig,
  sql: AccountSql,
): AssembledAccount {
  const { storage } = ctx;
  const secrets = new SecretStore(sql);
  const keys = new KeyStore(sql, secrets);
  const audit = new AuditChain(storage.sql);
  const usage = new UsageStore(sql);
  const lastUse = new LastUse();
  const outbox = createOutbox(storage, env, config, { keys, secrets, audit, usage });
  const alarm: AccountAlarm = new AccountAlarm(storage, () => [
    outbox.nextDueMs(),
    rotation.nextDueMs(),
    calls.nextDueMs(),
    lastUse.dueMs,
  ]);
  const armSoon = (): void => {
    ctx.waitUntil(alarm.arm({ allowUnconfirmed: true }));
  };
  const ledger = new UsageLedger(storage.sql, (hour) => {
    outbox.put('usage', String(hour), Date.now() + ROLL_UP_DELAY_MS);
    armSoon();
  });
  const calls = new CallAdmission({
    storage,
    ledger,
    permitMs: config.admissionPermitMs,
    nowMs: Date.now(),
    readFacts: (keyId) => keys.readAdmissionFacts(keyId),
    noteUse: (secret, nowMs) => {
      if (lastUse.note(secret, nowMs)) armSoon();
    },
    arm: armSoon,
  });
  const commit: AccountParts['commit'] = async (work) => {
    const value = storage.transactionSync(work);
    await alarm.arm();
    return value;
  };
  const parts: AccountParts = { keys, secrets, outbox, audit, lastUse, commit, runOut: () => calls.runOut() };
  const rotation = new KeyRotation(parts);
  return { parts, calls, rotation, usage, alarm };
}

type OutboxReads = Pick<OutboxSources, 'keys' | 'secrets'> & { audit: AuditChain; usage: UsageStore };

function createOutbox(
  storage: DurableObjectStorage,
  env: GatewayEnv,
  config: GatewayConfig,
  { keys, secrets, audit, usage }: OutboxReads,
): AccountOutbox {
  const readAuditHead = (): AuditHead | null => {
    const [account, end] = [keys.readAccount(), audit.readEnd()];
    return account && end && signAuditHead(account.id, end, config.keyCheckSecret);
  };
  const sources: OutboxSources = {
    keys,
    secrets,
    readAuditHead,
    continuesAuditHead: (head) => audit.holds(head),
    readUsageOfHour: (hour) => usage.ofHour(hour),
  };
  return new AccountOutbox(storage, sources, {
    index: createKeyIndex(env.KEYS),
    registry: {
      readAuditHead: (accountId) => registryStub(env).readAuditHead(accountId),
      applyProjections: (...projection) => registryStub(env).applyProjections(...projection),
    },
  });
}
