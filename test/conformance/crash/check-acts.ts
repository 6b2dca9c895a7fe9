// After a crash: is every acknowledged act there, and is the audit log whole?
import type * as z from 'zod';
import { expect } from 'vitest';
import { apiKeyPageSchema, apiKeySchema, type ApiKey } from '../../../protocol/admin/admin-key.ts';
import { MAX_PAGE_SIZE } from '../../../protocol/admin/admin-list.ts';
import { auditPageSchema, auditVerificationSchema, type AuditEntry } from '../../../protocol/admin/audit.ts';
import { ownKeySchema } from '../../../protocol/inference/own-key.ts';
import type { AcknowledgedKey, Administrator, AuditedAct } from './admin-acts.ts';
import type { AdminApi } from './admin-api.ts';

/** Every key is in the list and shown as it was left, and each of its secrets works or not accordingly. */
export async function expectAcknowledgedKeys(
  gateway: string,
  api: AdminApi,
  keys: readonly AcknowledgedKey[],
): Promise<void> {
  for (const userId of new Set(keys.map((key) => key.userId))) {
    const listed = new Map((await listKeys(api, userId)).map((key) => [key.id, key]));
    for (const key of keys.filter((candidate) => candidate.userId === userId)) {
      expect(listed.get(key.id), `${key.id} in the list`).toMatchObject({ name: key.name, status: key.status });
      await expectKey(gateway, api, key);
    }
  }
}

/** A key is there as long as its creation was acknowledged, whatever became of the last act. */
export async function expectThere(api: AdminApi, ids: readonly string[]): Promise<void> {
  for (const id of ids) expect((await api.ask(apiKeySchema, `/admin/keys/${id}`)).id).toBe(id);
}

/** The chains are whole, and hold every acknowledged act as often as it was done; others only as far as nobody knows. */
export async function expectAudit(
  api: AdminApi,
  chains: readonly string[],
  administrators: readonly Administrator[],
): Promise<void> {
  for (const chain of chains) {
    const verification = await api.ask(auditVerificationSchema, `/admin/audit/verify?chain=${chain}`);
    expect(verification, `the audit chain ${chain}`).toMatchObject({ problems: [] });
  }
  for (const { acts } of administrators) {
    const [first] = acts;
    if (first === undefined) continue;
    const entries = await listAudit(api, first.chain);
    const counted = Map.groupBy(entries, ({ action, target }) => `${action} ${target}`);
    for (const [act, expected] of Map.groupBy(acts, nameOf)) {
      const count = counted.get(act)?.length ?? 0;
      expect(count, act).toBeGreaterThanOrEqual(expected.filter(({ done }) => done).length);
      expect(count, act).toBeLessThanOrEqual(expected.length);
    }
  }
}

async function expectKey(
  gateway: string,
  api: AdminApi,
  { id, name, status, secrets }: AcknowledgedKey,
): Promise<void> {
  const shown = await api.ask(apiKeySchema, `/admin/keys/${id}`);
  expect(shown, id).toMatchObject({ name, status });
  expect(shown.grace_secrets, id).toHaveLength(
    status === 'revoked' ? shown.grace_secrets.length : secrets.filter(({ state }) => state === 'grace').length,
  );
  for (const [index, { text, state }] of secrets.entries()) {
    const answer = await fetch(`${gateway}/v1/key`, { headers: { authorization: `Bearer ${text}` } });
    const works = status === 'active' && state !== 'ended';
    expect(answer.status, `${id}: ${status}, secret ${index} (${state})`).toBe(works ? 200 : 401);
    if (!works) continue;
    const own = ownKeySchema.parse(await answer.json());
    expect(own, id).toMatchObject({ id, name });
    expect(own.rotate_by === null, `${id}: secret ${index} (${state}) has no end`).toBe(state === 'current');
  }
}

function nameOf({ action, target }: AuditedAct): string {
  return `${action} ${target}`;
}

async function listKeys(api: AdminApi, userId: string): Promise<ApiKey[]> {
  const keys: ApiKey[] = [];
  for (let after: string | null = ''; after !== null;) {
    const from: string = after === '' ? '' : `&after=${after}`;
    const page: z.output<typeof apiKeyPageSchema> = await api.ask(
      apiKeyPageSchema,
      `/admin/keys?user_id=${userId}&limit=${MAX_PAGE_SIZE}${from}`,
    );
    keys.push(...page.data);
    after = page.has_more ? page.last_id : null;
  }
  return keys;
}

async function listAudit(api: AdminApi, chain: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let more = true; more;) {
    const oldest = entries.at(-1);
    const from = oldest === undefined ? '' : `&before=${oldest.sequence}`;
    const page = await api.ask(auditPageSchema, `/admin/audit?chain=${chain}&limit=${MAX_PAGE_SIZE}${from}`);
    entries.push(...page.data);
    more = page.has_more;
  }
  return entries;
}
