import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import type { AdmitRequest, AdmittedCall } from '../../../protocol/objects/account-admission.ts';
import { HeldPermits } from '../../../worker/src/accounts/held-permits.ts';
import { PermitClock } from '../../../worker/src/accounts/permit-clock.ts';
import { RememberedRefusals } from '../../../worker/src/accounts/remembered-refusals.ts';
import type { GatewayEnv } from '../../../worker/src/gateway-env.ts';
import { sizePermit } from '../../../worker/src/limits/size-permit.ts';
import { presentKey } from '../present-key.ts';
import { inferenceCall } from './limited-call.ts';
import { accountOf, ACTOR, nowSeconds, openKey } from './open-account.ts';

/** Bindings under which the Account cannot be reached. */
const withoutAccount = {
  ...env,
  ACCOUNT: {
    getByName() {
      throw new Error('unreachable');
    },
  },
} as unknown as GatewayEnv;

afterEach(() => {
  vi.useRealTimers();
});

describe('a permit', () => {
  it('answers for the Account while it lasts, and for nothing that it does not cover', async ({ expect }) => {
    const { text } = await openKey({ models: ['tiny-llama'] });
    vi.useFakeTimers({ toFake: ['Date'] });
    expect(await presentKey(text, 'tiny-llama')).toMatchObject({ admitted: true });
    expect(await presentKey(text, 'tiny-llama', withoutAccount)).toMatchObject({ admitted: true, settle: 'batched' });
    await expect(presentKey(text, 'tiny-phi2', withoutAccount)).rejects.toMatchObject({ code: 'state_unavailable' });
  });

  it('holds for the addresses of the key only', async ({ expect }) => {
    const { text } = await openKey({ addresses: ['192.0.2.0/24'] });
    vi.useFakeTimers({ toFake: ['Date'] });
    expect(await presentKey(text, 'tiny-llama', env, { address: '192.0.2.9' })).toMatchObject({ admitted: true });
    expect(await presentKey(text, 'tiny-llama', withoutAccount, { address: '192.0.2.200' })).toMatchObject({
      admitted: true,
    });
    expect(await presentKey(text, 'tiny-llama', env, { address: '198.51.100.1' })).toEqual({
      admitted: false,
      reason: 'address_not_allowed',
    });
    expect(await presentKey(text, 'tiny-llama')).toEqual({ admitted: false, reason: 'address_not_allowed' });
  });

  it.for([
    'revoked',
    'disabled',
    'user disabled',
    'narrowed',
    'scoped',
    'moved',
    'expiring',
    'rotated',
    'limited',
  ] as const)(
    'is never in use any more when the key is %s and the command has returned, also when the object restarts in between',
    async (end, { expect }) => {
      for (const restart of [false, true]) {
        const { account, keyId, text } = await openKey();
        const call = { address: '192.0.2.1', promptTokens: 5, maxTokens: 5 };
        expect(await presentKey(text, 'tiny-llama', env, call)).toMatchObject({ admitted: true });
        if (restart) await evictDurableObject(account);
        if (end === 'revoked') await account.revokeKey(keyId, ACTOR);
        if (end === 'disabled') await account.setKeyDisabled(keyId, true, ACTOR);
        if (end === 'user disabled') await account.updateAccount({ disabled: true });
        if (end === 'narrowed') await account.updateKey(keyId, { models: ['tiny-phi2'] }, ACTOR);
        if (end === 'scoped') await account.updateKey(keyId, { scopes: ['models'] }, ACTOR);
        if (end === 'moved') await account.updateKey(keyId, { addresses: ['198.51.100.0/24'] }, ACTOR);
        if (end === 'expiring') await account.updateKey(keyId, { expiresAt: nowSeconds() + 3600 }, ACTOR);
        if (end === 'rotated') await account.rotateKey(keyId, `new ${keyId}`, 0, ACTOR);
        if (end === 'limited') await account.updateKey(keyId, { limits: { tokens_per_day: 9 } }, ACTOR);
        const after = presentKey(text, 'tiny-llama', end === 'expiring' ? withoutAccount : env, call);
        if (end === 'expiring') await expect(after).rejects.toMatchObject({ code: 'state_unavailable' });
        else expect(await after).toMatchObject({ admitted: false });
      }
    },
  );

  it('never outlives the key, nor a secret in its grace period', async ({ expect }) => {
    const clock = new PermitClock(1_000, 0);
    expect(clock.grant(10_000, 11)).toBe(750);
    expect(clock.grant(10_900, 11)).toBe(0);
    const { account, keyId, secretDigest } = await openKey();
    await account.rotateKey(keyId, `new ${keyId}`, 1, ACTOR);
    const result = await accountOf(keyId).admit(inferenceCall({ keyId, secretDigest }));
    if (!result.admitted) return;
    expect(result.permit?.lifeMs ?? 0).toBeLessThan(1_000);
    expect(result.rotateBy).not.toBeNull();
  });

  it('is an eighth of what is left at most, and none where that would be less than two calls', ({ expect }) => {
    const call = { requests: 1, tokens: 100 };
    const all = { requests: null, tokens: null };
    expect(sizePermit(call, all, all)).toEqual({ requests: 256, tokens: null });
    expect(sizePermit(call, { requests: 80, tokens: null }, all)).toEqual({ requests: 10, tokens: null });
    expect(sizePermit(call, { requests: 80, tokens: 4_000 }, all)).toEqual({ requests: 5, tokens: 500 });
    expect(sizePermit(call, { requests: 15, tokens: null }, all)).toBeNull();
    expect(sizePermit(call, { requests: null, tokens: 1_500 }, all)).toBeNull();
    expect(sizePermit(call, { requests: 80, tokens: 4_000 }, { requests: 4, tokens: 4_000 })).toMatchObject({
      requests: 4,
    });
    expect(sizePermit(call, { requests: 80, tokens: 4_000 }, { requests: 9, tokens: 350 })).toMatchObject({
      requests: 3,
    });
  });

  it.for(['key', 'user'] as const)(
    'is lost in a crash, but with all that are about and what is written ahead no more than a fiftieth of the %s’s limits',
    async (whose, { expect }) => {
      const limits = { requests_per_day: 1_000, tokens_per_day: 100_000 };
      const key = await openKey(whose === 'key' ? { limits } : {});
      const account = accountOf(key.keyId);
      if (whose === 'user') await account.updateAccount({ limits });
      let permits = 0;
      for (let call = 0; call < 12; call++) {
        const admitted = await account.admit(inferenceCall(key));
        if (admitted.admitted && admitted.permit !== null) permits += 1;
      }
      expect(permits).toBeGreaterThan(1);
      await evictDurableObject(account);
      const [requests, tokens] = await accountOf(key.keyId).readLimits(key.keyId);
      expect(requests?.remaining).toBeGreaterThanOrEqual(1_000 - 12 - 20);
      expect(tokens?.remaining).toBeGreaterThanOrEqual(100_000 - 12 * 20 - 2_000);
    },
  );
});

describe('the permits of an isolate', () => {
  const request = inferenceCall({ keyId: 'account1key00001', secretDigest: 'digest' });
  const admitted: AdmittedCall = {
    admitted: true,
    rights: { models: null, scopes: null, addresses: null, maxTokens: null, priority: 'normal' },
    rotateBy: null,
    maxTokens: 10,
    chargedAt: 5,
    permit: { id: 'prm_1', lifeMs: 1_000, requests: 2, tokens: 45 },
    rates: { requests: { limit: 100, remaining: 10, resetMs: 30_000 }, tokens: null },
  };

  function holding(more: Partial<AdmittedCall> = {}): HeldPermits {
    const permits = new HeldPermits();
    permits.keep(request, { ...admitted, ...more }, 5_000);
    return permits;
  }

  it('end by their own time, counted from before the question, and when the clock steps back', ({ expect }) => {
    expect(holding().draw(request, 5_999)).toMatchObject({ admitted: true });
    expect(holding().draw(request, 6_000)).toBeNull();
    expect(holding().draw(request, 4_999)).toBeNull();
  });

  it('are not kept when the Account gives none', ({ expect }) => {
    expect(holding({ permit: null }).draw(request, 5_000)).toBeNull();
  });

  it('are renewed by one call while the others go on', ({ expect }) => {
    const permits = holding({ permit: { id: 'prm_1', lifeMs: 1_000, requests: 64, tokens: null } });
    const drawn = Array.from({ length: 64 }, () => permits.draw(request, 5_000));
    expect(drawn.filter((call) => call === null)).toHaveLength(1);
    const byTime = holding({ permit: { id: 'prm_1', lifeMs: 1_000, requests: 64, tokens: null } });
    for (let count = 0; count < 16; count++) byTime.draw(request, 5_000);
    expect(byTime.draw(request, 5_760)).toBeNull();
    expect(byTime.draw(request, 5_760)).toMatchObject({ admitted: true });
  });

  it('give no more calls and tokens than their allowance has, and give back the rest once', ({ expect }) => {
    const permits = holding();
    const large: AdmitRequest = { ...request, maxTokens: 36 };
    expect(permits.draw(large, 5_000)).toBeNull();
    expect(permits.draw(request, 5_000)).toMatchObject({ rates: { requests: { remaining: 11 } } });
    expect(permits.draw(request, 5_000)).toMatchObject({ rates: { requests: { remaining: 10 } } });
    expect(permits.draw(request, 5_000)).toBeNull();
    expect(permits.giveUp(request, 'prm_other')).toBeNull();
    expect(permits.giveUp(request, 'prm_1')).toMatchObject({ requests: 0, tokens: 5, chargedAt: 5 });
    expect(permits.giveUp(request, 'prm_1')).toBeNull();
  });

  it('give back nothing that no limit has counted: it would lift the limits', ({ expect }) => {
    const rates = { requests: null, tokens: null };
    expect(holding({ rates }).giveUp(request, 'prm_1')).toBeNull();
    const listing: AdmitRequest = { ...request, scope: 'models', model: null, nodeId: null };
    const permits = new HeldPermits();
    permits.keep(listing, admitted, 5_000);
    expect(permits.giveUp(listing, 'prm_1')).toBeNull();
    expect(permits.idFor(listing)).toBeNull();
  });
});

describe('a remembered refusal', () => {
  const request = inferenceCall({ keyId: 'account1key00001', secretDigest: 'digest' });
  const refusal = { name: 'tokens_per_minute', scope: 'key', model: null, limit: 10, retryAfterMs: 30_000 } as const;
  const reached = {
    admitted: false,
    reason: 'limit_reached',
    refusal,
    rates: { requests: null, tokens: null },
    holdsMs: 100,
  } as const;

  it('is given again for as long as the Account said, to calls that are no smaller', ({ expect }) => {
    const refusals = new RememberedRefusals();
    refusals.keep(request, reached, 5_000);
    expect(refusals.find(request, 5_099)).toMatchObject({ refusal: { retryAfterMs: 29_901 } });
    expect(refusals.find(request, 5_100)).toBeNull();
    expect(refusals.find(request, 4_999)).toBeNull();
    expect(refusals.find({ ...request, maxTokens: 1 }, 5_050)).toBeNull();
    expect(refusals.find({ ...request, model: 'other' }, 5_050)).toBeNull();
    // What a limit on max_tokens lowers, it may be smaller in the end; and what is named is refused for that.
    expect(refusals.find({ ...request, promptTokens: 1, maxTokens: 1_000 }, 5_050)).toBeNull();
    expect(refusals.find({ ...request, maxTokensNamed: true }, 5_050)).toBeNull();
    expect(refusals.find({ ...request, maxTokens: 1_000 }, 5_050)).not.toBeNull();
  });
});
