import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { AuditVerification } from '../../../protocol/admin/audit.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { accountOf, ACTOR, addKey } from '../accounts/open-account.ts';
import { RegistryAudit } from '../../../worker/src/registry/registry-audit.ts';
import { TEST_CHECK_SECRETS } from '../present-key.ts';
import { registry, registryObject, runAlarm } from './registry-requests.ts';

const HEAD_NAME = 'audit:registry';
/** KV takes one write a second for the same entry, and alarms come when they come. */
const PATIENCE = { timeout: 20_000 };

beforeEach(() => {
  vi.spyOn(console, 'log').mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function createUser(fields: object = {}): Promise<string> {
  const id = randomId(8);
  const user = { id, name: `user ${id}`, externalId: null, limits: null, metadata: {}, ...fields };
  await registry().createUser(user, ACTOR);
  return id;
}

async function newest(count: number) {
  const page = await registry().listAudit('registry', count, null);
  if (!page.ok) throw new Error(page.reason);
  return page.value.data;
}

async function problems(chain = 'registry'): Promise<AuditVerification['problems']> {
  const answer = await registry().verifyAudit(chain);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value.problems;
}

/** Brings the head to KV, as the alarm does within seconds. */
async function keepHead(): Promise<void> {
  await vi.waitFor(async () => {
    await runAlarm();
    const head = JSON.parse((await env.KEYS.get(HEAD_NAME)) ?? '{}') as { sequence?: number };
    if (head.sequence !== (await newest(1))[0]?.sequence) throw new Error('the head is not there yet');
  }, PATIENCE);
}

async function tamper(statement: string): Promise<void> {
  await runInDurableObject(registryObject(), (_object, { storage }) => {
    storage.sql.exec(statement);
  });
}

/** Keeps the chain's rows, to put them back after a test has spoilt them. */
async function withSpoilt<Value>(statement: string, work: () => Promise<Value>): Promise<Value> {
  await tamper('CREATE TABLE kept AS SELECT * FROM audit');
  try {
    await tamper(statement);
    return await work();
  } finally {
    await tamper('DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept');
  }
}

describe('every administrative act is in the chain, in the transaction of what it did', () => {
  it('of users: what changed and nothing else, by whom and from where', async ({ expect }) => {
    const limits = { requests_per_day: 5 };
    const id = await createUser({ name: 'Ada', limits });
    await registry().updateUser(id, { name: 'Ada L.', disabled: true }, ACTOR);
    await registry().updateUser(id, { name: 'Ada L.', disabled: true }, ACTOR);
    await registry().deleteUser(id, ACTOR);
    const [deleted, updated, created] = await newest(3);
    const told = { name: 'Ada L.', external_id: null, disabled: true, limits, metadata: {} };
    expect(created).toMatchObject({
      action: 'user.create',
      target: id,
      before: null,
      after: { ...told, name: 'Ada', disabled: false },
      actor: { token_id: 'root', token_name: 'root', address: '192.0.2.7', request_id: 'req_test' },
    });
    expect(updated).toMatchObject({ action: 'user.update', target: id });
    expect(updated?.before).toEqual({ name: 'Ada', disabled: false });
    expect(updated?.after).toEqual({ name: 'Ada L.', disabled: true });
    expect(deleted).toMatchObject({ action: 'user.delete', target: id, before: told, after: null });
  });

  it('of admin tokens, without any digest', async ({ expect }) => {
    const token = { id: randomId(), digest: await sha256('audited token'), name: 'audited', role: 'viewer' } as const;
    await registry().createAdminToken(token, ACTOR);
    const second = await sha256('audited token, rotated');
    await registry().rotateAdminToken(token.id, second, 60, ACTOR);
    await registry().revokeAdminToken(token.id, ACTOR);
    await registry().revokeAdminToken(token.id, ACTOR);
    const entries = await newest(3);
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['admin_token.revoke', token.id],
      ['admin_token.rotate', token.id],
      ['admin_token.create', token.id],
    ]);
    expect(entries[2]?.after).toMatchObject({ name: 'audited', role: 'viewer' });
    expect(JSON.stringify(entries)).not.toContain(token.digest);
    expect(JSON.stringify(entries)).not.toContain(second);
  });

  it('and the deployment bringing the root token is the first entry, by the gateway itself', async ({ expect }) => {
    const all = await registry().listAudit('registry', 1, 2);
    expect(all.ok && all.value.data).toMatchObject([
      { sequence: 1, action: 'admin_token.bootstrap', target: 'root', actor: { token_id: 'system' }, before: null },
    ]);
  });

  it('a refused act is not in it', async ({ expect }) => {
    const id = await createUser({ name: 'refused twin' });
    await registry().createUser(
      { id: randomId(8), name: 'refused twin', externalId: null, limits: null, metadata: {} },
      ACTOR,
    );
    await registry().revokeAdminToken('root', ACTOR);
    expect((await newest(1))[0]?.target).toBe(id);
  });

  it('pages go from the newest to the oldest, without gap', async ({ expect }) => {
    await createUser();
    await createUser();
    const seen: number[] = [];
    let before: number | null = null;
    for (;;) {
      const page = await registry().listAudit('registry', 2, before);
      if (!page.ok) throw new Error(page.reason);
      seen.push(...page.value.data.map(({ sequence }) => sequence));
      if (!page.value.has_more) break;
      before = seen.at(-1) ?? null;
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, place) => seen.length - place));
  });
});

describe('verification', () => {
  it('finds nothing wrong with a whole chain, and says how far the other side vouches', async ({ expect }) => {
    await createUser();
    await keepHead();
    const [end] = await newest(1);
    expect(await registry().verifyAudit('registry')).toEqual({
      ok: true,
      value: { chain: 'registry', entries: end?.sequence, head_sequence: end?.sequence, problems: [] },
    });
  });

  it.for([
    ['changed', `UPDATE audit SET entry = replace(entry, '192.0.2.7', '192.0.2.8') WHERE sequence = 3`, 'changed', 3],
    ['removed', 'DELETE FROM audit WHERE sequence = 3', 'gap', 3],
    [
      'put in the place of another',
      'UPDATE audit SET entry = (SELECT entry FROM audit WHERE sequence = 2) WHERE sequence = 3',
      'changed',
      3,
    ],
    ['cut off, with all after it', 'DELETE FROM audit WHERE sequence >= 3', 'cut_off', 3],
  ] as const)('finds an entry that was %s', async ([, statement, problem, sequence], { expect }) => {
    while ((await newest(1))[0]!.sequence < 4) await createUser();
    await keepHead();
    expect(await withSpoilt(statement, () => problems())).toContainEqual({ sequence, problem });
    expect(await problems()).toEqual([]);
  });

  it('finds a head that was forged', async ({ expect }) => {
    await createUser();
    await keepHead();
    const head = JSON.parse((await env.KEYS.get(HEAD_NAME)) ?? '') as { sequence: number };
    await env.KEYS.put(HEAD_NAME, JSON.stringify({ ...head, hash: 'x'.repeat(43) }));
    expect(await problems()).toEqual([{ sequence: head.sequence, problem: 'head_forged' }]);
    await env.KEYS.put(HEAD_NAME, 'garbage');
    expect(await problems()).toEqual([{ sequence: 0, problem: 'head_forged' }]);
    await env.KEYS.put(HEAD_NAME, JSON.stringify(head));
    expect(await problems()).toEqual([]);
  });

  it("finds a user's chain cut off, by the head that the Registry keeps", async ({ expect }) => {
    const id = await createUser();
    await addKey(id);
    await addKey(id);
    await vi.waitFor(async () => {
      expect(await registry().verifyAudit(id)).toMatchObject({ value: { entries: 2, head_sequence: 2, problems: [] } });
    }, PATIENCE);
    await runInDurableObject(accountOf(id), (_object, { storage }) => {
      storage.sql.exec('DELETE FROM audit WHERE sequence = 2');
    });
    expect(await problems(id)).toEqual([{ sequence: 2, problem: 'cut_off' }]);
  });

  it('of a user that never was is refused', async ({ expect }) => {
    expect(await registry().verifyAudit('Nobody00')).toEqual({ ok: false, reason: 'user_not_found' });
    expect(await registry().listAudit('Nobody00', 10, null)).toEqual({ ok: false, reason: 'user_not_found' });
  });
});

describe("the head of the Registry's chain in KV", () => {
  it('is not overwritten by a chain that was cut off, also after a restart and further acts', async ({ expect }) => {
    await createUser();
    await createUser();
    await keepHead();
    const head = await env.KEYS.get(HEAD_NAME);
    const cutOff = 'DELETE FROM audit WHERE sequence > (SELECT max(sequence) FROM audit) - 2';
    const found = await withSpoilt(cutOff, async () => {
      await evictDurableObject(registryObject());
      await createUser();
      await createUser();
      await createUser();
      await runAlarm();
      expect(await env.KEYS.get(HEAD_NAME)).toBe(head);
      return problems();
    });
    expect(found.map(({ problem }) => problem)).toContain('head_differs');
    await evictDurableObject(registryObject());
  });

  it('is written again after a failure of KV, and at most once a second', async ({ expect }) => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const puts: (string | null)[] = [];
    const namespace = {
      get: () => Promise.resolve(puts.at(-1) ?? null),
      put: (_name: string, value: string) => {
        puts.push(puts.length === 0 ? null : value);
        return puts.length === 1 ? Promise.reject(new Error('KV is away')) : Promise.resolve();
      },
    } as unknown as KVNamespace;
    const object = env.REGISTRY.getByName('with a KV that fails');
    await runInDurableObject(object, async (_object, { storage }) => {
      const audit = new RegistryAudit({ sql: storage.sql, namespace, secrets: () => TEST_CHECK_SECRETS });
      const act = { actor: ACTOR, action: 'user.create', target: 'User0000', before: null, after: {} } as const;
      const startedMs = Date.now();
      audit.append(act);
      await audit.deliverHead(audit.nextDueMs() ?? 0);
      expect(puts).toHaveLength(1);
      const againMs = audit.nextDueMs() ?? 0;
      expect(againMs).toBeGreaterThanOrEqual(startedMs + 1_000);
      await audit.deliverHead(againMs - 1);
      expect(puts).toHaveLength(1);
      await audit.deliverHead(againMs);
      expect(puts).toHaveLength(2);
      expect(audit.nextDueMs()).toBeNull();
      audit.append(act);
      expect(audit.nextDueMs()).toBeGreaterThanOrEqual(startedMs + 1_000);
    });
  });
});

describe("the heads of the users' chains", () => {
  it('never go back', async ({ expect }) => {
    const id = await createUser();
    const head = (sequence: number) => ({ sequence, hash: `hash ${sequence}`, mac: 'mac' });
    const kept = async () =>
      runInDurableObject(registryObject(), (_object, { storage }) =>
        storage.sql.exec('SELECT sequence, hash FROM audit_heads WHERE account_id = ?', id).toArray(),
      );
    for (const sequence of [5, 3, 5]) {
      await registry().applyProjections(id, { account: null, keys: [], usage: [], auditHead: head(sequence) });
    }
    await registry().applyProjections(id, {
      account: null,
      keys: [],
      usage: [],
      auditHead: { ...head(5), hash: 'other' },
    });
    expect(await kept()).toEqual([{ sequence: 5, hash: 'hash 5' }]);
  });
});
