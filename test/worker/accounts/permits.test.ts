import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { AdmissionPermits } from '../../../worker/src/accounts/admission-permits.ts';
import { PermitClock } from '../../../worker/src/accounts/permit-clock.ts';
import type { GatewayEnv } from '../../../worker/src/gateway-env.ts';
import { presentKey } from '../present-key.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';

/** A key of a fresh account, and what was presented and admitted once, so that a permit is in use. */
async function keyInUse() {
  const accountId = randomId(8);
  const account = env.ACCOUNT.getByName(accountId);
  const now = Math.floor(Date.now() / 1000);
  await account.openAccount(accountId, now);
  const keyId = accountId + randomId(8);
  const { text } = await mintCredential('api-key', keyId, await importCheckKeys(TEST_KEY_CHECK_SECRET));
  const key = { keyId, secretDigest: await sha256(text), name: 'k', models: null, metadata: {}, expiresAt: null };
  await account.createKey(key);
  return { account, keyId, text, now };
}

/** Bindings under which the Account cannot be reached. */
const withoutAccount = {
  ...env,
  ACCOUNT: {
    getByName() {
      throw new Error('unreachable');
    },
  },
} as unknown as GatewayEnv;

describe('a permit', () => {
  it('answers for the Account while it lasts, and for nothing that it does not cover', async ({ expect }) => {
    const { account, keyId, text } = await keyInUse();
    await account.updateKey(keyId, { models: ['tiny-llama'] });
    expect(await presentKey(text, 'tiny-llama')).toMatchObject({ admitted: true });
    expect(await presentKey(text, 'tiny-llama', withoutAccount)).toMatchObject({ admitted: true });
    await expect(presentKey(text, 'tiny-phi2', withoutAccount)).rejects.toMatchObject({ code: 'state_unavailable' });
  });

  it.for(['revoked', 'disabled', 'narrowed', 'expiring'] as const)(
    'is never in use any more when the key is %s and the command has returned, also when the object restarts in between',
    async (end, { expect }) => {
      for (const restart of [false, true]) {
        const { account, keyId, text, now } = await keyInUse();
        expect(await presentKey(text, 'tiny-llama')).toMatchObject({ admitted: true });
        if (restart) await evictDurableObject(account);
        if (end === 'revoked') await account.revokeKey(keyId);
        if (end === 'disabled') await account.setDisabled(true);
        if (end === 'narrowed') await account.updateKey(keyId, { models: ['tiny-phi2'] });
        if (end === 'expiring') await account.updateKey(keyId, { expiresAt: now + 3600 });
        const after = presentKey(text, 'tiny-llama', end === 'expiring' ? withoutAccount : env);
        if (end === 'expiring') await expect(after).rejects.toMatchObject({ code: 'state_unavailable' });
        else expect(await after).toMatchObject({ admitted: false });
      }
    },
  );

  it('never outlives the key', ({ expect }) => {
    const clock = new PermitClock(1_000, 0);
    expect(clock.grant(10_000, 11)).toBe(750);
    expect(clock.grant(10_900, 11)).toBe(0);
  });
});

describe('the permits of an isolate', () => {
  it('end by their own time, counted from before the question, and when the clock steps back', ({ expect }) => {
    const permits = new AdmissionPermits();
    permits.keep('digest', null, 5_000, 1_000);
    expect(permits.find('digest', 'any', 5_999)).toEqual({ models: null });
    expect(permits.find('digest', 'any', 6_000)).toBeNull();
    expect(permits.find('digest', 'any', 4_999)).toBeNull();
  });

  it('are not kept when the Account gives none', ({ expect }) => {
    const permits = new AdmissionPermits();
    permits.keep('digest', null, 5_000, 0);
    expect(permits.find('digest', null, 5_000)).toBeNull();
  });
});
