// Whatever KV says, the account decides: proven with a KV that is late, remembers, and can be down.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { randomId } from '../../../protocol/credentials/credential.ts';
import { Account } from '../../../worker/src/accounts/account.ts';
import { DelayedKv } from '../delayed-kv.ts';
import { ACTOR, accountOf, addKey, callWith, mintKey, nowSeconds } from './open-account.ts';

const START_MS = 1_800_000_000_000;
const HOUR_SECONDS = 3_600;
const ADMITTED = { admitted: true };
const ENDED = { admitted: false, reason: 'secret_ended' };
const REVOKED = { admitted: false, reason: 'key_revoked' };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Bench = { account: Account; accountId: string; kv: DelayedKv };

/** An open account whose index is `kv`, on real storage. Its alarm rings when the test says so. */
function withAccount<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const accountId = randomId(8);
  return runInDurableObject(accountOf(accountId), async (_object, state) => {
    const kv = new DelayedKv();
    // The clock stands still, so nothing may wait for a permit's end.
    const bindings = { ...env, KEYS: kv.writer(), ADMISSION_PERMIT_MS: '0' };
    const account = new Account(state, bindings);
    await account.openAccount(accountId, nowSeconds(), null);
    return work({ account, accountId, kv });
  });
}

/** Lets time pass until the index has been told everything. */
async function settleIndex({ account, kv }: Bench): Promise<void> {
  for (let rings = 0; rings < 5; rings++) {
    await account.alarm();
    kv.advanceTime(1_000);
  }
}

describe('with KV as late as it may be', () => {
  it('a new key works at once, also where KV has just said that there is none', async ({ expect }) => {
    await withAccount(async ({ account, accountId, kv }) => {
      const place = kv.place();
      const { key, text } = await mintKey(accountId + randomId(8));
      expect(await callWith(text, null, { account, namespace: place })).toMatchObject({ reason: 'unknown_key' });
      await account.createKey(key, ACTOR);
      expect(await callWith(text, null, { account, namespace: place })).toMatchObject(ADMITTED);
    });
  });

  it('a revoked key is refused although KV goes on naming it', async ({ expect }) => {
    await withAccount(async (bench) => {
      const { account, accountId, kv } = bench;
      const { keyId, text, secretDigest } = await addKey(accountId, {}, account);
      await settleIndex(bench);
      kv.advanceTime(60_000);
      const place = kv.place();
      expect(await place.get(`key:${secretDigest}`)).not.toBeNull();
      await account.revokeKey(keyId, ACTOR);
      await settleIndex(bench);
      expect(await place.get(`key:${secretDigest}`)).not.toBeNull();
      expect(await callWith(text, null, { account, namespace: place })).toEqual(REVOKED);
      kv.advanceTime(120_000);
      expect(await kv.place().get(`key:${secretDigest}`)).toBeNull();
      expect(kv.refusals).toEqual([]);
    });
  });

  it('a secret whose grace is over is refused although KV goes on naming it, and its entry is removed then', async ({
    expect,
  }) => {
    await withAccount(async (bench) => {
      const { account, accountId, kv } = bench;
      const { keyId, text, secretDigest } = await addKey(accountId, {}, account);
      await settleIndex(bench);
      const rotated = await mintKey(keyId);
      await account.rotateKey(keyId, rotated.key.secretDigest, HOUR_SECONDS, ACTOR);
      await settleIndex(bench);
      kv.advanceTime(60_000);
      const place = kv.place();
      for (const one of [text, rotated.text]) {
        expect(await callWith(one, null, { account, namespace: place })).toMatchObject(ADMITTED);
      }
      vi.setSystemTime(Date.now() + HOUR_SECONDS * 1000);
      expect(await place.get(`key:${secretDigest}`)).not.toBeNull();
      expect(await callWith(text, null, { account, namespace: place })).toEqual(ENDED);
      expect(await callWith(rotated.text, null, { account, namespace: place })).toMatchObject(ADMITTED);
      await settleIndex(bench);
      expect(kv.truth(`key:${secretDigest}`)).toBeNull();
      expect(kv.truth(`key:${rotated.key.secretDigest}`)).not.toBeNull();
    });
  });

  it('everything works with KV down, and is in the index once it is back', async ({ expect }) => {
    await withAccount(async (bench) => {
      const { account, accountId, kv } = bench;
      kv.isDown = true;
      const { keyId, text, secretDigest } = await addKey(accountId, {}, account);
      await account.alarm();
      const rotated = await mintKey(keyId);
      await account.rotateKey(keyId, rotated.key.secretDigest, 0, ACTOR);
      await account.alarm();
      const places = { account, namespace: kv.place() };
      expect(await callWith(rotated.text, null, places)).toMatchObject(ADMITTED);
      expect(await callWith(text, null, places)).toEqual(ENDED);
      kv.isDown = false;
      vi.setSystemTime(Date.now() + HOUR_SECONDS * 1000);
      await account.alarm();
      expect(kv.truth(`key:${secretDigest}`)).toBeNull();
      expect(kv.truth(`key:${rotated.key.secretDigest}`)).not.toBeNull();
    });
  });
});

it('whatever is done in whatever order, exactly those secrets work that should, whatever KV says', async ({
  expect,
}) => {
  const grace = fc.constantFrom(0, 1, 60, 90, HOUR_SECONDS);
  const step = fc.oneof(
    fc.record({ act: fc.constant('create' as const) }),
    fc.record({ act: fc.constant('rotate' as const), key: fc.nat(2), grace }),
    fc.record({ act: fc.constant('finish' as const), key: fc.nat(2) }),
    fc.record({ act: fc.constant('revoke' as const), key: fc.nat(2) }),
    fc.record({ act: fc.constant('disable' as const), key: fc.nat(2), disabled: fc.boolean() }),
    fc.record({ act: fc.constant('disableUser' as const), disabled: fc.boolean() }),
    fc.record({ act: fc.constant('alarm' as const) }),
    fc.record({ act: fc.constant('wait' as const), seconds: fc.constantFrom(1, 59, 60, HOUR_SECONDS) }),
    fc.record({
      act: fc.constant('kv' as const),
      isDown: fc.boolean(),
      propagationMs: fc.constantFrom(0, 1_000, 60_000),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
      withAccount(async (bench) => {
        const { account, accountId, kv } = bench;
        const place = kv.place();
        const model = { disabled: false, keys: [] as ModelKey[] };
        for (const one of steps) {
          if (one.act === 'create' && !model.disabled && model.keys.length < 3) {
            const { keyId, text } = await addKey(accountId, {}, account);
            model.keys.push({ keyId, disabled: false, revoked: false, secrets: [{ text, endsAt: Infinity }] });
          }
          if (one.act === 'disableUser') {
            await account.updateAccount({ disabled: one.disabled });
            model.disabled = one.disabled;
          }
          if (one.act === 'alarm') await account.alarm();
          if (one.act === 'wait') kv.advanceTime(one.seconds * 1000);
          if (one.act === 'kv') Object.assign(kv, { isDown: one.isDown, propagationMs: one.propagationMs });
          if ('key' in one) await actOnKey(account, model.keys[one.key], one);
          for (const { disabled, revoked, secrets } of model.keys) {
            for (const { text, endsAt } of secrets) {
              const verdict = await callWith(text, null, { account, namespace: place });
              const works = !model.disabled && !disabled && !revoked && endsAt > nowSeconds();
              expect(verdict.admitted, JSON.stringify(verdict)).toBe(works);
            }
          }
        }
        expect(kv.refusals.filter((problem) => !problem.includes('500'))).toEqual([]);
      }),
    ),
    { numRuns: 60 },
  );
});

type ModelKey = { keyId: string; disabled: boolean; revoked: boolean; secrets: { text: string; endsAt: number }[] };
type KeyStep =
  { act: 'rotate'; grace: number } | { act: 'finish' } | { act: 'revoke' } | { act: 'disable'; disabled: boolean };

/** Does it to the account and to the model. */
async function actOnKey(account: Account, key: ModelKey | undefined, step: KeyStep): Promise<void> {
  if (key === undefined) return;
  const now = nowSeconds();
  if (step.act === 'rotate') {
    const next = await mintKey(key.keyId);
    const answer = await account.rotateKey(key.keyId, next.key.secretDigest, step.grace, ACTOR);
    const working = key.secrets.filter(({ endsAt }) => endsAt > now);
    const isRefused = key.revoked || (step.grace > 0 && working.length > 8);
    if (answer.ok === isRefused) throw new Error(`rotation: ${JSON.stringify(answer)}`);
    if (isRefused) return;
    for (const secret of key.secrets) {
      if (step.grace === 0) secret.endsAt = Math.min(secret.endsAt, now);
      else if (secret.endsAt === Infinity) secret.endsAt = now + step.grace;
    }
    key.secrets.push({ text: next.text, endsAt: Infinity });
  } else if (step.act === 'finish') {
    await account.finishRotation(key.keyId, ACTOR);
    for (const secret of key.secrets) if (secret.endsAt !== Infinity) secret.endsAt = Math.min(secret.endsAt, now);
  } else if (step.act === 'revoke') {
    await account.revokeKey(key.keyId, ACTOR);
    key.revoked = true;
  } else {
    const answer = await account.setKeyDisabled(key.keyId, step.disabled, ACTOR);
    if (answer.ok) key.disabled = step.disabled;
  }
}
