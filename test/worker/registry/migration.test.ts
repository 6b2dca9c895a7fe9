import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { it } from 'vitest';
import { migrateSchema } from '../../../worker/src/objects/migrate-schema.ts';
import { AdminTokens } from '../../../worker/src/registry/admin-tokens.ts';
import { KeyDirectory } from '../../../worker/src/registry/key-directory.ts';
import { REGISTRY_MIGRATIONS } from '../../../worker/src/registry/registry-schema.ts';
import { UserDirectory } from '../../../worker/src/registry/user-directory.ts';
import { ALL_KEYS, ALL_USERS, keysOf } from './registry-requests.ts';

const CREATED_AT = 1_700_000_000;
const NOW = CREATED_AT + 10;
const ALL = { limit: 10, after: null };

it('what the first release stored is listed, found and unique as before, and new users come after it', async ({
  expect,
}) => {
  // An account that was never opened has no tables of its own.
  await runInDurableObject(env.ACCOUNT.getByName('never opened'), (_object, { storage }) => {
    const { sql } = storage;
    migrateSchema(storage, REGISTRY_MIGRATIONS.slice(0, 1), 'test');
    sql.exec(
      `INSERT INTO users (id, name, external_id, metadata, created_at, disabled, account_version, state, settle_due_ms) VALUES
         ('FirstUsr', 'ÄLTER', 'crm-1', '{"a":"b"}', ?1, 1, 3, 'active', NULL),
         ('HalfUser', 'half', NULL, '{}', ?1, 0, 0, 'pending', 5);`,
      CREATED_AT,
    );
    sql.exec(
      `INSERT INTO keys (id, user_id, name, models, metadata, created_at, expires_at, version, state)
       VALUES ('FirstUsrFirstKey', 'FirstUsr', 'Übrig', '["m"]', '{}', ?, ?, 2, 'active')`,
      CREATED_AT,
      NOW - 1,
    );
    sql.exec(
      `INSERT INTO admin_tokens (id, digest, name, role, created_at) VALUES ('root', 'digest', 'root', 'admin', ?)`,
      CREATED_AT,
    );
    migrateSchema(storage, REGISTRY_MIGRATIONS, 'test');

    const [users, keys] = [new UserDirectory(sql), new KeyDirectory(sql)];
    users.fillSearchTexts();
    keys.fillSearchTexts();
    const user = { name: 'ÄLTER', externalId: 'crm-1', disabled: true, limits: null, metadata: { a: 'b' } };
    expect(users.list(ALL, ALL_USERS)?.items).toEqual([{ id: 'FirstUsr', createdAt: CREATED_AT, ...user }]);
    expect(users.list(ALL, { search: 'älter', externalId: null })?.items).toHaveLength(1);
    expect(users.findConflict({ name: 'ÄLTER' }, null)).toBe('name_taken');
    expect(users.due(10, 10)).toMatchObject([{ id: 'HalfUser', isPending: true }]);
    expect(keys.list(ALL, { ...keysOf('FirstUsr'), search: 'übrig', status: 'expired' }, NOW)?.items).toMatchObject([
      {
        keyId: 'FirstUsrFirstKey',
        models: ['m'],
        scopes: null,
        limits: null,
        rotatedAt: CREATED_AT,
        graceSecrets: [],
        priority: 'normal',
      },
    ]);
    expect(keys.list(ALL, { ...ALL_KEYS, rotationDue: true }, NOW)?.items).toEqual([]);
    expect(new AdminTokens(sql).authenticate('digest', NOW)).toEqual({ tokenId: 'root', name: 'root', role: 'admin' });

    users.insertPending({ ...user, id: 'NextUser', name: 'next', externalId: null }, NOW, 1);
    users.activate('NextUser', { disabled: true, limits: null, version: 1 });
    expect(users.list(ALL, ALL_USERS)?.items.map(({ id }) => id)).toEqual(['NextUser', 'FirstUsr']);
  });
});
