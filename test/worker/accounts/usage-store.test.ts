import { runInDurableObject } from 'cloudflare:test';
import { it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { accountOf, nowSeconds } from './open-account.ts';

const HOUR = 3_600;

/** An account with `keys` sums in each of `hours` hours. */
async function accountWithUsage(hours: number, keys: number) {
  const accountId = randomId(8);
  const account = accountOf(accountId);
  await account.openAccount(accountId, nowSeconds(), null);
  await runInDurableObject(account, (_object, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE hours (hour) AS (SELECT 1 UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?),
                      keys (key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM keys WHERE key < ?)
       INSERT INTO usage (hour, key_id, model, calls, prompt_tokens, cached_tokens, completion_tokens, estimated_calls,
                          first_tokens, first_token_ms, errors)
       SELECT hour * ${HOUR}, 'key' || key, 'm', 1, 2, 3, 4, 5, 6, 7.5, '{"node_timeout":8}' FROM hours, keys`,
      hours,
      keys,
    );
  });
  return account;
}

it('the usage of a range is told by the hour, oldest first, without the hour that it ends at', async ({ expect }) => {
  const account = await accountWithUsage(5, 2);
  const { sums, complete } = await account.readUsage(2 * HOUR, 4 * HOUR);
  expect(sums.map(({ hour, keyId }) => [hour / HOUR, keyId])).toEqual([
    [2, 'key1'],
    [2, 'key2'],
    [3, 'key1'],
    [3, 'key2'],
  ]);
  expect(sums[0]).toEqual({
    hour: 2 * HOUR,
    keyId: 'key1',
    model: 'm',
    calls: 1,
    promptTokens: 2,
    cachedTokens: 3,
    completionTokens: 4,
    estimatedCalls: 5,
    firstTokens: 6,
    firstTokenMs: 7.5,
    errors: { node_timeout: 8 },
  });
  expect(complete).toBe(true);
});

it('more sums than one answer holds are cut off, and the answer says so', async ({ expect }) => {
  const account = await accountWithUsage(101, 100);
  const { sums, complete } = await account.readUsage(0, 1_000 * HOUR);
  expect([sums.length, complete]).toEqual([10_000, false]);
  expect((await account.readUsage(0, 101 * HOUR)).complete).toBe(true);
});
