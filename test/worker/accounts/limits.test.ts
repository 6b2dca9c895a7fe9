import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import type { LimitName } from '../../../protocol/admin/limits.ts';
import type { AdmitResult } from '../../../protocol/objects/account-admission.ts';
import { presentKey } from '../present-key.ts';
import { counted, inferenceCall, MODEL, NOTHING_ELSE, settlementOf } from './limited-call.ts';
import { accountOf, ACTOR, addKey, openKey } from './open-account.ts';

const CALLS = 500;
const LIMIT = 100;
/** A fiftieth: what storage is written ahead by. */
const BLOCK = LIMIT / 50;

/** A gateway's calls, all at once; how many passed. */
async function passing(text: string, count: number): Promise<number> {
  const decisions = await Promise.all(Array.from({ length: count }, () => presentKey(text, MODEL)));
  return decisions.filter(({ admitted }) => admitted).length;
}

/** Straight to the Account, one after the other, until one is refused; how many passed. */
async function admittedInARow(key: Parameters<typeof inferenceCall>[0], fields = {}): Promise<[number, AdmitResult]> {
  for (let passed = 0; ; passed++) {
    const result = await accountOf(key.keyId).admit(inferenceCall(key, fields));
    if (!result.admitted) return [passed, result];
    const { permit, chargedAt } = result;
    if (permit === null) continue;
    const { id: permitId, requests, tokens } = permit;
    const back = { permitId, keyId: key.keyId, model: MODEL, chargedAt, requests, tokens: tokens ?? 0 };
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, returns: [back] });
  }
}

describe('of 500 parallel calls with a limit of 100', () => {
  it.for(['requests_per_minute', 'requests_per_day', 'requests_per_month'] as const)(
    'exactly 100 pass: %s',
    async (name, { expect }) => {
      const { text } = await openKey({ limits: { [name]: LIMIT } });
      expect(await passing(text, CALLS)).toBe(LIMIT);
      expect(await passing(text, 5)).toBe(0);
    },
  );

  it('exactly 100 pass when the limit is the user’s and five keys share it', async ({ expect }) => {
    const { account, accountId, text } = await openKey();
    await account.updateAccount({ limits: { requests_per_minute: LIMIT } });
    const others = await Promise.all(Array.from({ length: 4 }, () => addKey(accountId)));
    const each = await Promise.all([text, ...others.map((other) => other.text)].map((key) => passing(key, CALLS / 5)));
    expect(each.reduce((sum, passed) => sum + passed, 0)).toBe(LIMIT);
  });

  it('never more than 100 and at most a block less pass when the object restarts in the middle', async ({ expect }) => {
    const { text, account } = await openKey({ limits: { requests_per_minute: LIMIT } });
    let passed = await passing(text, 60);
    expect(passed).toBe(60);
    await evictDurableObject(account);
    passed += await passing(text, CALLS - 60);
    expect(passed).toBeLessThanOrEqual(LIMIT);
    expect(passed).toBeGreaterThanOrEqual(LIMIT - BLOCK);
  });
});

describe('tokens', () => {
  it('are reserved as estimated, and counted as the node counted them', async ({ expect }) => {
    const key = await openKey({ limits: { tokens_per_day: 100 } });
    const account = accountOf(key.keyId);
    const first = inferenceCall(key, { promptTokens: 30, maxTokens: 50 });
    const admitted = await account.admit(first);
    if (!admitted.admitted) throw new Error('refused');
    expect(admitted.rates.tokens).toMatchObject({ limit: 100, remaining: 20 });
    expect(await account.admit(inferenceCall(key, { promptTokens: 1, maxTokens: 20 }))).toMatchObject({
      admitted: false,
      reason: 'limit_reached',
      refusal: { name: 'tokens_per_day', scope: 'key', limit: 100 },
    });
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(first, admitted, counted(25, 5))] });
    expect(await account.readLimits(key.keyId)).toMatchObject([{ name: 'tokens_per_day', remaining: 70 }]);
  });

  it('of a call that reached no engine come back, and so does the call', async ({ expect }) => {
    const key = await openKey({ limits: { tokens_per_minute: 100, requests_per_minute: 1 } });
    const account = accountOf(key.keyId);
    const call = inferenceCall(key);
    const admitted = await account.admit(call);
    if (!admitted.admitted) throw new Error('refused');
    expect((await account.admit(inferenceCall(key))).admitted).toBe(false);
    const end = { kind: 'unreached', error: 'node_offline' } as const;
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(call, admitted, end)] });
    expect(await account.admit(inferenceCall(key))).toMatchObject({ admitted: true });
  });

  it('may exceed the limit by the estimate’s error, and block until that is over', async ({ expect }) => {
    const key = await openKey({ limits: { tokens_per_day: 100 } });
    const account = accountOf(key.keyId);
    const call = inferenceCall(key, { promptTokens: 40, maxTokens: 50 });
    const admitted = await account.admit(call);
    if (!admitted.admitted) throw new Error('refused');
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(call, admitted, counted(80, 50))] });
    expect(await account.readLimits(key.keyId)).toMatchObject([{ remaining: 0 }]);
    expect((await account.admit(inferenceCall(key, { promptTokens: 0, maxTokens: 1 }))).admitted).toBe(false);
  });

  it('of one call above the limit are refused for good', async ({ expect }) => {
    const key = await openKey({ limits: { tokens_per_minute: 100 } });
    const result = await accountOf(key.keyId).admit(inferenceCall(key, { promptTokens: 90, maxTokens: 50 }));
    expect(result).toMatchObject({ reason: 'limit_reached', refusal: { retryAfterMs: null } });
  });
});

describe('limits', () => {
  it.for([
    ['for one model leave the others alone', { models: { [MODEL]: { requests_per_day: 2 } } }, MODEL, 2],
    [
      'of all models hold beside those of one',
      { requests_per_day: 3, models: { [MODEL]: { requests_per_day: 2 } } },
      MODEL,
      2,
    ],
  ] as const)('%s', async ([, limits, model, passes], { expect }) => {
    const key = await openKey({ limits });
    const [passed, refused] = await admittedInARow(key, { model });
    expect(passed).toBe(passes);
    expect(refused).toMatchObject({ refusal: { model: MODEL, scope: 'key' } });
    expect(await accountOf(key.keyId).admit(inferenceCall(key, { model: 'tiny-phi2' }))).toMatchObject({
      admitted: true,
    });
  });

  it('of parallel calls are exact, also after the object restarted, and free again when a call ends', async ({
    expect,
  }) => {
    const key = await openKey({ limits: { parallel_requests: 3 } });
    const call = inferenceCall(key);
    const admitted = await accountOf(key.keyId).admit(call);
    if (!admitted.admitted) throw new Error('refused');
    const [more, refused] = await admittedInARow(key);
    expect(more).toBe(2);
    expect(refused).toMatchObject({ refusal: { name: 'parallel_requests', retryAfterMs: 1_000 } });
    await evictDurableObject(accountOf(key.keyId));
    expect((await admittedInARow(key))[0]).toBe(0);
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, settlements: [settlementOf(call, admitted, counted(1, 1))] });
    expect((await admittedInARow(key))[0]).toBe(1);
  });

  it('on max_tokens lower a default and refuse a wish', async ({ expect }) => {
    const key = await openKey({ limits: { max_tokens_per_call: 20 } });
    const account = accountOf(key.keyId);
    expect(await account.admit(inferenceCall(key, { maxTokens: 500 }))).toMatchObject({
      admitted: true,
      maxTokens: 20,
    });
    expect(await account.admit(inferenceCall(key, { maxTokens: 500, maxTokensNamed: true }))).toEqual({
      admitted: false,
      reason: 'max_tokens_over_limit',
      limit: 20,
    });
  });

  it('count what was used before they were set', async ({ expect }) => {
    const key = await openKey();
    const account = accountOf(key.keyId);
    const call = inferenceCall(key);
    const admitted = await account.admit(call);
    if (!admitted.admitted) throw new Error('refused');
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(call, admitted, counted(30, 12))] });
    await account.updateKey(key.keyId, { limits: { tokens_per_month: 100, requests_per_day: 10 } }, ACTOR);
    const states = await account.readLimits(key.keyId);
    expect(Object.fromEntries(states.map(({ name, remaining }): [LimitName, number] => [name, remaining]))).toEqual({
      tokens_per_month: 58,
      requests_per_day: 9,
    });
  });

  it('are kept over a restart to the last settled call', async ({ expect }) => {
    const key = await openKey({ limits: { requests_per_day: 1_000_000, tokens_per_day: 1_000_000 } });
    const account = accountOf(key.keyId);
    const call = inferenceCall(key);
    const admitted = await account.admit(call);
    if (!admitted.admitted || admitted.permit === null) throw new Error('no permit');
    const { id: permitId, requests, tokens } = admitted.permit;
    const back = {
      permitId,
      keyId: key.keyId,
      model: MODEL,
      chargedAt: admitted.chargedAt,
      requests,
      tokens: tokens ?? 0,
    };
    await account.settle({
      ...NOTHING_ELSE,
      settlements: [settlementOf(call, admitted, counted(3, 4))],
      returns: [back],
    });
    const before = await account.readLimits(key.keyId);
    await evictDurableObject(account);
    expect(await accountOf(key.keyId).readLimits(key.keyId)).toEqual(before);
    expect(before).toMatchObject([{ remaining: 999_999 }, { remaining: 999_993 }]);
  });

  it('cost no durable write as long as what was written ahead lasts', async ({ expect }) => {
    const key = await openKey({ limits: { requests_per_day: 1_000_000, parallel_requests: undefined } });
    await accountOf(key.keyId).admit(inferenceCall(key));
    const written = await runInDurableObject(accountOf(key.keyId), async (object, state) => {
      const changes = () => state.storage.sql.exec<{ count: number }>('SELECT total_changes() AS count').one().count;
      const before = changes();
      for (let count = 0; count < 20; count++) await object.admit(inferenceCall(key));
      return changes() - before;
    });
    expect(written).toBe(0);
  });
});

describe('a refusal', () => {
  it('names the wait after which the same call passes', async ({ expect }) => {
    const key = await openKey({ limits: { requests_per_minute: 1 } });
    const [, refused] = await admittedInARow(key);
    if (refused.admitted || refused.reason !== 'limit_reached') throw new Error('not refused');
    expect(refused.refusal.retryAfterMs).toBeGreaterThan(59_000);
    expect(refused.refusal.retryAfterMs).toBeLessThanOrEqual(61_000);
  });

  it('is no refusal of another key, and of another user even less', async ({ expect }) => {
    const key = await openKey({ limits: { requests_per_day: 1 } });
    await admittedInARow(key);
    const other = await addKey(key.accountId);
    expect(await env.ACCOUNT.getByName(key.accountId).admit(inferenceCall(other))).toMatchObject({ admitted: true });
  });
});
