import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import type { Account } from '../../../worker/src/accounts/account.ts';
import { createKeyIndex } from '../../../worker/src/keys/key-index.ts';
import { ACTOR, accountOf, callOf, callWith, mintKey, nowSeconds, openKey, readAudit } from './open-account.ts';

const HOUR_SECONDS = 3_600;
const ADMITTED = { admitted: true };
const ENDED = { admitted: false, reason: 'secret_ended' };

afterEach(() => {
  vi.useRealTimers();
});

/** Gives the key a new secret. */
async function rotate(keyId: string, graceSeconds: number) {
  const { text, key } = await mintKey(keyId);
  const answer = await accountOf(keyId).rotateKey(keyId, key.secretDigest, graceSeconds, ACTOR);
  return { text, digest: key.secretDigest, answer };
}

/** Puts the clock to a second of the test's choice; only `Date` stands still, so nothing may wait for a permit's end then. */
function setClock(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 });
}

describe('after a rotation', () => {
  it('both secrets work until the second at which the grace ends, and the old one is told when', async ({ expect }) => {
    const { keyId, text } = await openKey();
    const { text: next, answer } = await rotate(keyId, HOUR_SECONDS);
    if (!answer.ok) throw new Error(answer.reason);
    const [former] = answer.value.graceSecrets;
    const endsAt = former!.endsAt;
    expect(endsAt).toBe(answer.value.rotatedAt + HOUR_SECONDS);
    expect(await callWith(text)).toMatchObject({ admitted: true, rotateBy: endsAt });
    expect(await callWith(next)).toMatchObject({ admitted: true, rotateBy: null });
    setClock(endsAt - 1);
    expect(await callWith(text)).toMatchObject(ADMITTED);
    setClock(endsAt);
    expect(await callWith(text)).toEqual(ENDED);
    expect(await callWith(next)).toMatchObject(ADMITTED);
  });

  it('the key is the same: id, settings, creation', async ({ expect }) => {
    const limits = { requests_per_day: 5 };
    const { keyId, created } = await openKey({ name: 'mine', models: ['m'], scopes: ['chat'], limits });
    if (!created.ok) throw new Error(created.reason);
    const { answer } = await rotate(keyId, HOUR_SECONDS);
    if (!answer.ok) throw new Error(answer.reason);
    const { rotatedAt, graceSecrets, version, ...rest } = answer.value;
    expect(rest).toEqual({
      ...created.value,
      rotatedAt: undefined,
      graceSecrets: undefined,
      version: undefined,
    });
    expect(graceSecrets).toHaveLength(1);
    expect([rotatedAt >= created.value.createdAt, version]).toEqual([true, 2]);
  });

  it('with no grace only the new secret works from then on, also when earlier ones were still in grace', async ({
    expect,
  }) => {
    const { keyId, text } = await openKey();
    const second = await rotate(keyId, HOUR_SECONDS);
    const third = await rotate(keyId, 0);
    expect(third.answer).toMatchObject({ ok: true, value: { graceSecrets: [] } });
    expect(await callWith(text)).toEqual(ENDED);
    expect(await callWith(second.text)).toEqual(ENDED);
    expect(await callWith(third.text)).toMatchObject(ADMITTED);
  });

  it('finishing it ends every former secret early', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    const second = await rotate(keyId, HOUR_SECONDS);
    const third = await rotate(keyId, 2 * HOUR_SECONDS);
    expect(await account.finishRotation(keyId, ACTOR)).toMatchObject({ ok: true, value: { graceSecrets: [] } });
    expect(await callWith(text)).toEqual(ENDED);
    expect(await callWith(second.text)).toEqual(ENDED);
    expect(await callWith(third.text)).toMatchObject(ADMITTED);
  });

  it('it survives that the object goes', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    const { text: next } = await rotate(keyId, HOUR_SECONDS);
    const before = await account.showKey(keyId);
    await evictDurableObject(account);
    expect(await accountOf(keyId).showKey(keyId)).toEqual(before);
    expect(await callWith(text)).toMatchObject(ADMITTED);
    expect(await callWith(next)).toMatchObject(ADMITTED);
  });

  it('revoking the key ends all of its secrets', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    const { text: next } = await rotate(keyId, HOUR_SECONDS);
    expect(await account.revokeKey(keyId, ACTOR)).toMatchObject({ ok: true, value: { graceSecrets: [] } });
    for (const one of [text, next]) expect(await callWith(one)).toEqual({ admitted: false, reason: 'key_revoked' });
  });
});

describe('several rotations in a row', () => {
  it('leave each former secret its own end', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    const second = await rotate(keyId, HOUR_SECONDS);
    const third = await rotate(keyId, 60);
    const fourth = await rotate(keyId, 2 * HOUR_SECONDS);
    const shown = await account.showKey(keyId);
    if (!shown.ok) throw new Error(shown.reason);
    const { rotatedAt, graceSecrets } = shown.value;
    expect(graceSecrets.map(({ endsAt }) => Math.round((endsAt - rotatedAt) / 60))).toEqual([120, 1, 60]);
    setClock(rotatedAt + 90);
    expect(await callWith(second.text)).toEqual(ENDED);
    for (const one of [text, third.text, fourth.text]) expect(await callWith(one)).toMatchObject(ADMITTED);
    setClock(rotatedAt + HOUR_SECONDS + 1);
    expect(await callWith(text)).toEqual(ENDED);
    for (const one of [third.text, fourth.text]) expect(await callWith(one)).toMatchObject(ADMITTED);
  });

  it('stop at eight former secrets that work, until one of them has ended', async ({ expect }) => {
    const { account, keyId } = await openKey();
    for (let count = 0; count < 8; count++) expect((await rotate(keyId, 60 + count)).answer.ok).toBe(true);
    expect((await rotate(keyId, 60)).answer).toEqual({ ok: false, reason: 'too_many_secrets' });
    expect(await account.showKey(keyId)).toMatchObject({ value: { version: 9 } });
    setClock(nowSeconds() + 62);
    expect((await rotate(keyId, 60)).answer.ok).toBe(true);
  });

  it('are never stopped when none of the former secrets is to work on', async ({ expect }) => {
    const { keyId } = await openKey();
    for (let count = 0; count < 8; count++) await rotate(keyId, HOUR_SECONDS);
    expect((await rotate(keyId, 0)).answer).toMatchObject({ ok: true, value: { graceSecrets: [] } });
  });

  it('do not make the object grow for ever', async ({ expect }) => {
    const { account, keyId } = await openKey();
    await runInDurableObject(account, async (object: Account, state) => {
      for (let count = 0; count < 50; count++) {
        state.storage.sql.exec('DELETE FROM outbox');
        await object.rotateKey(keyId, `digest ${count}`, 0, ACTOR);
      }
      const query = `SELECT digest FROM secrets WHERE state = 'revoked' ORDER BY rowid`;
      const ended = state.storage.sql.exec<{ digest: string }>(query).toArray();
      expect(ended).toHaveLength(32);
      expect(ended.at(-1)).toEqual({ digest: 'digest 48' });
    });
  });
});

describe('a rotation', () => {
  it('that is repeated with the same secret gives the record and rotates once', async ({ expect }) => {
    const { account, keyId, text } = await openKey();
    const { digest, answer } = await rotate(keyId, HOUR_SECONDS);
    expect(await account.rotateKey(keyId, digest, HOUR_SECONDS, ACTOR)).toEqual(answer);
    expect(await callWith(text)).toMatchObject(ADMITTED);
    expect((await readAudit(keyId)).map(({ action }) => action)).toEqual(['key.rotate', 'key.create']);
  });

  it('that is finished with nothing to finish gives the record and no audit entry', async ({ expect }) => {
    const { account, keyId, created } = await openKey();
    expect(await account.finishRotation(keyId, ACTOR)).toEqual(created);
    expect(await readAudit(keyId)).toHaveLength(1);
  });

  it('of a revoked key is refused, and so is finishing one', async ({ expect }) => {
    const { account, keyId } = await openKey();
    await account.revokeKey(keyId, ACTOR);
    expect((await rotate(keyId, HOUR_SECONDS)).answer).toEqual({ ok: false, reason: 'key_revoked' });
    expect(await account.finishRotation(keyId, ACTOR)).toEqual({ ok: false, reason: 'key_revoked' });
  });

  it('of an expired key is refused', async ({ expect }) => {
    const expiresAt = nowSeconds() + 60;
    const { keyId } = await openKey({ expiresAt });
    setClock(expiresAt);
    expect((await rotate(keyId, HOUR_SECONDS)).answer).toEqual({ ok: false, reason: 'key_expired' });
  });

  it('of a disabled key works, and the key stays disabled', async ({ expect }) => {
    const { account, keyId } = await openKey();
    await account.setKeyDisabled(keyId, true, ACTOR);
    const { text, answer } = await rotate(keyId, HOUR_SECONDS);
    expect(answer.ok).toBe(true);
    expect(await callWith(text)).toEqual({ admitted: false, reason: 'key_disabled' });
    await account.setKeyDisabled(keyId, false, ACTOR);
    expect(await callWith(text)).toMatchObject(ADMITTED);
  });

  it('of a key that is not there is refused', async ({ expect }) => {
    const { account, accountId } = await openKey();
    expect(await account.rotateKey(`${accountId}00000000`, 'digest', 0, ACTOR)).toEqual({
      ok: false,
      reason: 'unknown_key',
    });
    expect(await account.finishRotation(`${accountId}00000000`, ACTOR)).toEqual({ ok: false, reason: 'unknown_key' });
  });
});

describe('the use of a former secret', () => {
  /** A minute's begin, far from the present, so that no other use falls into it. */
  const MINUTE = 1_900_000_020;

  it('is shown from the rotation on, and not before it', async ({ expect }) => {
    const { account, keyId, text, secretDigest } = await openKey();
    await runInDurableObject(account, async (object: Account) => {
      // One use that is written, one that is not.
      setClock(MINUTE - 660);
      await object.admit(callOf(keyId, secretDigest));
      await object.alarm();
      setClock(MINUTE - 600);
      await object.admit(callOf(keyId, secretDigest));
      const next = await mintKey(keyId);
      const rotated = await object.rotateKey(keyId, next.key.secretDigest, HOUR_SECONDS, ACTOR);
      expect(rotated).toMatchObject({ value: { lastUsedAt: MINUTE - 600, graceSecrets: [{ lastUsedAt: null }] } });
      await object.admit(callOf(keyId, next.key.secretDigest));
      expect(await object.showKey(keyId)).toMatchObject({ value: { graceSecrets: [{ lastUsedAt: null }] } });
      // In the minute of the rotation, and later.
      await object.admit(callOf(keyId, secretDigest));
      expect(await object.showKey(keyId)).toMatchObject({ value: { graceSecrets: [{ lastUsedAt: MINUTE - 600 }] } });
      setClock(MINUTE + 30);
      await object.admit(callOf(keyId, secretDigest));
      expect(await object.showKey(keyId)).toMatchObject({
        value: { lastUsedAt: MINUTE, graceSecrets: [{ lastUsedAt: MINUTE }] },
      });
      await object.alarm();
    });
    vi.useRealTimers();
    await evictDurableObject(account);
    setClock(MINUTE + 31);
    expect(await accountOf(text.slice(3)).showKey(keyId)).toMatchObject({
      value: { lastUsedAt: MINUTE, graceSecrets: [{ lastUsedAt: MINUTE }] },
    });
  });
});

describe('at the end of a grace', () => {
  it('the alarm rings, removes the entry in the index, and tells the copies', async ({ expect }) => {
    const { account, accountId, keyId, secretDigest } = await openKey();
    const { digest } = await rotate(keyId, HOUR_SECONDS);
    const index = createKeyIndex(env.KEYS);
    await index.write(secretDigest, { account: accountId, keyId });
    await index.write(digest, { account: accountId, keyId });
    await runInDurableObject(account, async (object: Account, state) => {
      state.storage.sql.exec('DELETE FROM outbox');
      await state.storage.deleteAlarm();
      await object.alarm();
      const alarmMs = (await state.storage.getAlarm())!;
      const shown = await object.showKey(keyId);
      if (!shown.ok) throw new Error(shown.reason);
      expect(alarmMs).toBe(shown.value.graceSecrets[0]!.endsAt * 1000);
      setClock(alarmMs / 1000);
      await object.alarm();
      expect(await object.showKey(keyId)).toMatchObject({
        value: { graceSecrets: [], version: shown.value.version + 1 },
      });
      const owed = state.storage.sql.exec('SELECT target, subject FROM outbox').toArray();
      expect(owed).not.toContainEqual({ target: 'index', subject: digest });
    });
    expect(await env.KEYS.get(`key:${secretDigest}`)).toBeNull();
    expect(await env.KEYS.get(`key:${digest}`)).not.toBeNull();
  });
});
