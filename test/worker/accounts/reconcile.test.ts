import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { it } from 'vitest';
import { Account } from '../../../worker/src/accounts/account.ts';
import type { GatewayEnv } from '../../../worker/src/gateway-env.ts';
import { ACTOR, accountOf, addKey, mintKey, openKey } from './open-account.ts';

/** The index has been told everything, and everything may be written to again. */
async function settleIndex(accountId: string): Promise<void> {
  await runInDurableObject(accountOf(accountId), async (object: Account, state) => {
    for (let rings = 0; rings < 5; rings++) {
      state.storage.sql.exec('UPDATE secrets SET index_written_ms = NULL');
      state.storage.sql.exec(`UPDATE outbox SET due_ms = 0`);
      await object.alarm();
    }
  });
}

it('finds what is missing, wrong or too much in the index, and mends it', async ({ expect }) => {
  const { account, accountId, keyId, secretDigest } = await openKey();
  const others = [await addKey(accountId), await addKey(accountId), await addKey(accountId)] as const;
  const former = await mintKey(keyId);
  await account.rotateKey(keyId, former.key.secretDigest, 3_600, ACTOR);
  await account.setKeyDisabled(others[0].keyId, true, ACTOR);
  await account.revokeKey(others[2].keyId, ACTOR);
  await settleIndex(accountId);
  const [missing, wrong, garbage, superfluous] = [
    secretDigest,
    others[0].secretDigest,
    others[1].secretDigest,
    others[2].secretDigest,
  ].map((digest) => `key:${digest}`) as [string, string, string, string];
  expect(await account.reconcileIndex(false)).toEqual({ secrets: 5, missing: 0, superfluous: 0 });

  const right = await Promise.all([missing, wrong, garbage].map((name) => env.KEYS.get(name)));
  await env.KEYS.delete(missing);
  await env.KEYS.put(wrong, JSON.stringify({ account: accountId, keyId: others[1].keyId }));
  await env.KEYS.put(garbage, 'garbage');
  await env.KEYS.put(superfluous, 'garbage');
  expect(await account.reconcileIndex(true)).toEqual({ secrets: 5, missing: 3, superfluous: 1 });
  await settleIndex(accountId);
  expect(await env.KEYS.get(missing)).toBeNull();
  expect(await account.reconcileIndex(false)).toEqual({ secrets: 5, missing: 3, superfluous: 1 });
  await settleIndex(accountId);
  expect(await Promise.all([missing, wrong, garbage].map((name) => env.KEYS.get(name)))).toEqual(right);
  expect(await env.KEYS.get(superfluous)).toBeNull();
  expect(await account.reconcileIndex(false)).toEqual({ secrets: 5, missing: 0, superfluous: 0 });
});

it('what is about to be written anyway is not missing; what could not be written is', async ({ expect }) => {
  const { account } = await openKey();
  const counts = await runInDurableObject(account, async (object: Account, state) => {
    const { digest } = state.storage.sql.exec<{ digest: string }>('SELECT digest FROM secrets').one();
    const insert = `INSERT OR REPLACE INTO outbox (target, subject, due_ms, failures) VALUES ('index', ?, ?, ?)`;
    const farMs = Date.now() + 3_600_000;
    await env.KEYS.delete(`key:${digest}`);
    state.storage.sql.exec(insert, digest, farMs, 0);
    const onItsWay = await object.reconcileIndex(true);
    state.storage.sql.exec(insert, digest, farMs, 3);
    return [onItsWay.missing, (await object.reconcileIndex(true)).missing];
  });
  expect(counts).toEqual([0, 1]);
});

it('reads many entries at once, and no more than six batches of a hundred together', async ({ expect }) => {
  const { account, keyId } = await openKey();
  let [reading, mostReading, largest] = [0, 0, 0];
  const get = async (names: string[]): Promise<Map<string, string | null>> => {
    reading += 1;
    mostReading = Math.max(mostReading, reading);
    largest = Math.max(largest, names.length);
    await new Promise((resolve) => setTimeout(resolve, 1));
    reading -= 1;
    return new Map(names.map((name) => [name, null]));
  };
  const bindings = { ...env, KEYS: { get } } as unknown as GatewayEnv;
  const found = await runInDurableObject(account, (_object, state) => {
    const insert = `INSERT INTO secrets (digest, key_id, state, created_at) VALUES (?, ?, 'current', 0)`;
    for (let count = 0; count < 1_500; count++) state.storage.sql.exec(insert, `digest ${count}`, keyId);
    state.storage.sql.exec('DELETE FROM outbox');
    return new Account(state, bindings).reconcileIndex(true);
  });
  expect(found).toEqual({ secrets: 1_501, missing: 1_501, superfluous: 0 });
  expect([mostReading, largest]).toEqual([6, 100]);
});

it('is refused as a whole when KV cannot be read', async ({ expect }) => {
  const { account } = await openKey();
  const get = () => Promise.reject(new Error('KV GET failed: 500'));
  const bindings = { ...env, KEYS: { get } } as unknown as GatewayEnv;
  const failing = runInDurableObject(account, (_object, state) => new Account(state, bindings).reconcileIndex(false));
  await expect(failing).rejects.toThrow('KV GET failed');
});
