// What tests ask of the Registry itself, tell it as an Account would, and do to objects that fail.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { KeyRecord } from '../../../protocol/objects/key-record.ts';
import type { AccountProjection, KeyFilter, UserFilter } from '../../../protocol/objects/registry-administration.ts';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import { registryStub } from '../../../worker/src/registry/registry-stub.ts';
import type { Registry } from '../../../worker/src/registry/registry.ts';

export const ALL_KEYS: KeyFilter = { userId: null, search: null, status: null, rotationDue: null };
export const ALL_USERS: UserFilter = { search: null, externalId: null };
export const NOTHING_TOLD: AccountProjection = { account: null, keys: [], usage: [], auditHead: null };

/** The Registry as the gateway asks it. */
export function registry() {
  return registryStub(env);
}

/** The object itself, for looking into it. */
export function registryObject() {
  return env.REGISTRY.getByName('registry');
}

export function keysOf(userId: string): KeyFilter {
  return { ...ALL_KEYS, userId };
}

export function copiesOf(keys: KeyRecord[]): AccountProjection {
  return { ...NOTHING_TOLD, keys };
}

export function usageOf(usage: UsageOfHour[]): AccountProjection {
  return { ...NOTHING_TOLD, usage };
}

/** The sum of an hour, with what the test does not name at zero. */
export function sumOf(place: Pick<UsageOfHour, 'hour' | 'keyId' | 'model'> & Partial<UsageOfHour>): UsageOfHour {
  return {
    calls: 0,
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    estimatedCalls: 0,
    firstTokens: 0,
    firstTokenMs: 0,
    errors: {},
    ...place,
  };
}

export async function runAlarm(): Promise<void> {
  await runInDurableObject(registryObject(), (object: Registry) => object.alarm());
}

/** Runs the alarm, with everything due that lies in the future. */
export async function runAlarmEarly(): Promise<void> {
  await runInDurableObject(registryObject(), (_object, { storage }) => {
    storage.sql.exec('UPDATE users SET settle_due_ms = 1 WHERE settle_due_ms IS NOT NULL');
    storage.sql.exec('UPDATE keys SET settle_due_ms = 1 WHERE settle_due_ms IS NOT NULL');
  });
  await runAlarm();
}

/** While `work` runs, the account fails at everything. */
export async function whileAccountFails<Value>(accountId: string, work: () => Promise<Value>): Promise<Value> {
  const rename = async (statement: (table: string) => string): Promise<void> => {
    await runInDurableObject(env.ACCOUNT.getByName(accountId), (_object, { storage }) => {
      for (const table of ['account', 'secrets']) storage.sql.exec(statement(table));
    });
  };
  await rename((table) => `ALTER TABLE ${table} RENAME TO ${table}_away`);
  try {
    return await work();
  } finally {
    await rename((table) => `ALTER TABLE ${table}_away RENAME TO ${table}`);
  }
}
