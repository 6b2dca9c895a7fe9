import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { it } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { ACCOUNT_MIGRATIONS } from '../../../worker/src/accounts/account-schema.ts';
import { migrateSchema } from '../../../worker/src/objects/migrate-schema.ts';
import { ACTOR, accountOf, callWith, mintKey } from './open-account.ts';

const CREATED_AT = 1_700_000_000;

it('an account of the first release goes on: its keys work, can be rotated, and revoked ones stay revoked', async ({
  expect,
}) => {
  const accountId = randomId(8);
  const [live, revoked] = [await mintKey(accountId + randomId(8)), await mintKey(accountId + randomId(8))];
  await runInDurableObject(accountOf(accountId), (_object, { storage }) => {
    migrateSchema(storage, ACCOUNT_MIGRATIONS.slice(0, 1), 'test');
    const { sql } = storage;
    sql.exec('INSERT INTO account (id, created_at) VALUES (?, ?)', accountId, CREATED_AT);
    for (const [key, revokedAt, state] of [
      [live.key, null, 'current'],
      [revoked.key, CREATED_AT + 1, 'revoked'],
    ] as const) {
      sql.exec(
        `INSERT INTO keys (id, name, models, metadata, created_at, revoked_at, last_used_at, version)
         VALUES (?, 'k', '["m"]', '{"team":"a"}', ?, ?, ?, 7)`,
        key.keyId,
        CREATED_AT,
        revokedAt,
        CREATED_AT,
      );
      const insert = 'INSERT INTO secrets (digest, key_id, state, created_at) VALUES (?, ?, ?, ?)';
      sql.exec(insert, key.secretDigest, key.keyId, state, CREATED_AT);
    }
  });
  await evictDurableObject(accountOf(accountId));
  const account = accountOf(accountId);
  expect(await account.showKey(live.key.keyId)).toEqual({
    ok: true,
    value: {
      keyId: live.key.keyId,
      accountId,
      name: 'k',
      models: ['m'],
      scopes: null,
      addresses: null,
      limits: null,
      metadata: { team: 'a' },
      createdAt: CREATED_AT,
      expiresAt: null,
      disabledAt: null,
      revokedAt: null,
      lastUsedAt: CREATED_AT,
      rotatedAt: CREATED_AT,
      rotateAfter: null,
      priority: 'normal',
      graceSecrets: [],
      version: 7,
    },
  });
  expect(await callWith(live.text, 'm')).toMatchObject({ admitted: true });
  expect(await callWith(revoked.text, 'm')).toEqual({ admitted: false, reason: 'key_revoked' });
  const next = await mintKey(live.key.keyId);
  await account.rotateKey(live.key.keyId, next.key.secretDigest, 60, ACTOR);
  for (const text of [live.text, next.text]) expect(await callWith(text, 'm')).toMatchObject({ admitted: true });
  expect(await account.updateAccount({ disabled: false })).toMatchObject({ value: { limits: null, version: 1 } });
});
