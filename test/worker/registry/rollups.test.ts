import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { UsageQuery, UsageReport } from '../../../protocol/admin/usage.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import type { UsageOfHour } from '../../../protocol/objects/usage-sum.ts';
import { UsageRollups } from '../../../worker/src/registry/usage-rollups.ts';
import { accountOf, openKey } from '../accounts/open-account.ts';
import { createUser } from '../admin-api.ts';
import { registry, sumOf, usageOf } from './registry-requests.ts';

const HOUR = 3_600;
const NOW = Math.floor(Date.now() / 1000);
const THIS_HOUR = NOW - (NOW % HOUR);

async function report(query: Partial<UsageQuery>): Promise<UsageReport> {
  const answer = await registry().readUsage({ format: 'json', ...query });
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

function freshModel(): string {
  return `model-${randomId(8)}`;
}

describe('roll-ups', () => {
  it('of an hour that is told again count once, with the newest value', async ({ expect }) => {
    const model = freshModel();
    const keyId = randomId();
    const told = (calls: number) =>
      usageOf([sumOf({ hour: THIS_HOUR, keyId, model, calls, promptTokens: 10 * calls })]);
    for (const calls of [1, 4, 4, 7]) await registry().applyProjections(keyId.slice(0, 8), told(calls));
    expect((await report({ model })).data).toMatchObject([{ calls: 7, prompt_tokens: 70 }]);
    expect((await registry().readFigures()).usageByModel[model]).toMatchObject({ calls: 7, promptTokens: 70 });
  });

  it('reach from the hour of `from` to the hour of `to`, by default over 30 days', async ({ expect }) => {
    const model = freshModel();
    const hours = [0, 1, 2, 24 * 31].map((back) => THIS_HOUR - back * HOUR);
    const usage = hours.map((hour) => sumOf({ hour, keyId: 'SomeUserSomeKey0', model, calls: 1 }));
    await registry().applyProjections('SomeUser', usageOf(usage));
    const calls = async (query: Partial<UsageQuery>) => (await report({ model, ...query })).data[0]?.calls;
    expect(await calls({})).toBe(3);
    expect(await calls({ from: THIS_HOUR - HOUR + 1 })).toBe(2);
    expect(await calls({ from: THIS_HOUR - 2 * HOUR, to: THIS_HOUR })).toBe(2);
    expect(await calls({ from: THIS_HOUR - 2 * HOUR, to: THIS_HOUR + 1 })).toBe(3);
    expect(await calls({ from: 1 })).toBe(4);
    const { from, to } = await report({ from: THIS_HOUR - 90 * 60, to: THIS_HOUR - 1 });
    expect([from, to]).toEqual([THIS_HOUR - 2 * HOUR, THIS_HOUR]);
  });

  it('keep totals by model that equal the sum of all hours, and never fall', async ({ expect }) => {
    const object = env.REGISTRY.getByName('totals');
    const anyUsage = fc.record({
      hour: fc.nat(3).map((number) => number * HOUR),
      keyId: fc.constantFrom('SomeUserSomeKey0', 'SomeUserSomeKey1'),
      model: fc.constantFrom('a', 'b'),
      calls: fc.nat(20),
      errors: fc.dictionary(fc.constantFrom('node_offline', 'queue_full'), fc.nat(5)),
    });
    await runInDurableObject(object, (_object, { storage }) => {
      const rollups = new UsageRollups(storage.sql);
      fc.assert(
        fc.property(fc.array(fc.array(anyUsage.map(sumOf), { maxLength: 5 }), { maxLength: 8 }), (batches) => {
          storage.sql.exec('DELETE FROM usage; DELETE FROM usage_totals');
          let highest: Record<string, number> = {};
          for (const batch of batches) {
            storage.transactionSync(() => {
              rollups.apply(batch);
            });
            const calls = callsByModel(rollups.readRange(0, 4 * HOUR));
            highest = Object.fromEntries(
              Object.entries(calls).map(([model, count]) => [model, Math.max(count, highest[model] ?? 0)]),
            );
            const totals = Object.entries(rollups.readTotals()).map(([model, total]) => [model, total.calls]);
            expect(Object.fromEntries(totals)).toEqual(highest);
          }
        }),
      );
    });
  });

  function callsByModel(usage: Iterable<UsageOfHour>): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { model, calls } of usage) sums[model] = (sums[model] ?? 0) + calls;
    return sums;
  }
});

describe('the usage of one user', () => {
  it('comes from its account, whatever the roll-ups say yet', async ({ expect }) => {
    const user = await createUser();
    const keyId = `${user.id}SomeKey0`;
    await runInDurableObject(accountOf(user.id), (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO usage (hour, key_id, model, calls, completion_tokens) VALUES (?, ?, 'some-model', 2, 20)`,
        THIS_HOUR,
        keyId,
      );
    });
    const rows = [{ model: 'some-model', calls: 2, completion_tokens: 20 }];
    expect((await report({ user_id: user.id, group_by: ['model'] })).data).toMatchObject(rows);
    expect((await report({ key_id: keyId, group_by: ['model'] })).data).toMatchObject(rows);
    expect((await report({ user_id: user.id, key_id: `${user.id}OtherKey`, group_by: ['model'] })).data).toEqual([]);
  });

  it('that never was, or of a key of such, is refused', async ({ expect }) => {
    const { accountId } = await openKey();
    expect(await registry().readUsage({ format: 'json', user_id: accountId })).toEqual({
      ok: false,
      reason: 'user_not_found',
    });
    expect(await registry().readUsage({ format: 'json', key_id: `${accountId}SomeKey0` })).toEqual({
      ok: false,
      reason: 'key_not_found',
    });
  });
});
