import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { newAdminTokenSchema } from '../../../protocol/admin/admin-token.ts';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { AdminTokens } from '../../../worker/src/registry/admin-tokens.ts';
import { RegistryAudit } from '../../../worker/src/registry/registry-audit.ts';
import { TokenAdministration } from '../../../worker/src/registry/token-administration.ts';
import { ACTOR } from '../accounts/open-account.ts';
import { callAdmin } from '../admin-api.ts';
import { TEST_CHECK_SECRETS } from '../present-key.ts';
import { TEST_ADMIN_TOKEN, TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';

function registry() {
  return env.REGISTRY.getByName('registry');
}

async function status(token: string): Promise<number> {
  return (await callAdmin('GET', '/admin/users', undefined, token)).status;
}

/** Lets the Registry see a digest as the deployment's, as on its next wake. */
async function deploy(digest: string): Promise<void> {
  await runInDurableObject(registry(), (_object, { storage }) => {
    const { sql } = storage;
    const audit = new RegistryAudit({ sql, namespace: env.KEYS, secrets: () => TEST_CHECK_SECRETS });
    new TokenAdministration({ storage, tokens: new AdminTokens(sql), audit }).bootstrap(digest, 0);
  });
}

describe('the root token', () => {
  it('can be replaced: the old one stops at once, and stays so when the object restarts with the old environment', async ({
    expect,
  }) => {
    expect(await status(TEST_ADMIN_TOKEN)).toBe(200);
    const response = await callAdmin('POST', '/admin/token/reset');
    expect(response.status).toBe(200);
    const { token } = newAdminTokenSchema.parse(await response.json());
    expect([await status(TEST_ADMIN_TOKEN), await status(token)]).toEqual([401, 200]);
    await evictDurableObject(registry());
    expect([await status(TEST_ADMIN_TOKEN), await status(token)]).toEqual([401, 200]);

    const lostAndFound = await mintCredential('admin-token', randomId(), await importCheckKeys(TEST_KEY_CHECK_SECRET));
    await deploy(await sha256(lostAndFound.text));
    expect([await status(token), await status(lostAndFound.text)]).toEqual([401, 200]);
    await deploy(await sha256(TEST_ADMIN_TOKEN));
    expect([await status(lostAndFound.text), await status(TEST_ADMIN_TOKEN)]).toEqual([401, 200]);
  });

  it('of two resets at the same time, one holds and the other one is told so', async ({ expect }) => {
    const before = await sha256(TEST_ADMIN_TOKEN);
    const [first, second] = [await sha256('first'), await sha256('second')];
    const results = await Promise.all([
      registry().resetRootToken(before, first, ACTOR),
      registry().resetRootToken(before, second, ACTOR),
    ]);
    expect(results).toMatchObject([{ ok: true }, { ok: false, reason: 'admin_token_not_found' }]);
    expect(await registry().authenticateAdmin(first)).toEqual({ tokenId: 'root', name: 'root', role: 'admin' });
    expect(await registry().resetRootToken(first, before, ACTOR)).toMatchObject({ ok: true });
  });
});

it('everything that is no admin token gets the very same answer', async ({ expect }) => {
  const keys = await importCheckKeys(TEST_KEY_CHECK_SECRET);
  const foreign = await importCheckKeys('another-key-check-secret-of-another-gateway-xyz');
  const answers = [];
  for (const token of [
    '',
    'hka_',
    'x'.repeat(5_000),
    (await mintCredential('api-key', randomId(), keys)).text,
    (await mintCredential('node-token', randomId(), keys)).text,
    (await mintCredential('admin-token', randomId(), keys)).text,
    (await mintCredential('admin-token', randomId(), foreign)).text,
    TEST_ADMIN_TOKEN.slice(0, -1) + 'x',
    `${TEST_ADMIN_TOKEN} ${TEST_ADMIN_TOKEN}`,
  ]) {
    const response = await callAdmin('GET', '/admin/keys', undefined, token);
    answers.push({ status: response.status, body: await response.text() });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 401, body: expect.stringContaining('"invalid_admin_token"') as string });
});
