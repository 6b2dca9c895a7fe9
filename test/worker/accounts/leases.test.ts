// A call under way holds its lease as long as its gateway renews it; the account says when it must end, and settles what nobody
// renews.
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import type { AdmitRequest, AdmittedCall, Lease } from '../../../protocol/objects/account-admission.ts';
import { LEASE_LIFE_MS } from '../../../protocol/objects/account-admission.ts';
import { callNode } from '../../../worker/src/nodes/call-node.ts';
import { readJournalRecord } from '../../../worker/src/nodes/node-journal.ts';
import { nodeStatus } from '../../../worker/src/nodes/node-sights.ts';
import { configuredTarget } from '../../../worker/src/nodes/node-target.ts';
import { settlerOf } from '../present-key.ts';
import {
  admitOne,
  counted,
  inferenceCall,
  leaseOf,
  MODEL,
  NOTHING_ELSE,
  remainingOf,
  settlementOf,
  usageOf,
} from './limited-call.ts';
import { accountOf, ACTOR, mintKey, openKey } from './open-account.ts';

const HOUR_SECONDS = 3_600;
const ONE_AT_ONCE = { parallel_requests: 1 };
const RENEWED = { renewed: true };

afterEach(() => {
  vi.useRealTimers();
});

/** From here on the clock stands, until the test moves it. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date'] });
}

function laterBy(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

async function openCall(fields: Parameters<typeof openKey>[0] = {}) {
  const key = await openKey(fields);
  const { request, admitted } = await admitOne(key);
  return { ...key, request, admitted, lease: leaseOf(request, admitted) };
}

/** A call within a permit: the account has not heard of it. */
function drawnCall(key: { keyId: string; secretDigest: string }, admitted: AdmittedCall): [AdmitRequest, Lease] {
  const request = inferenceCall(key);
  return [request, leaseOf(request, admitted)];
}

/** The node answers the call and has kept its record; its gateway is gone before it could settle. */
async function answerAtNode(request: AdmitRequest, accountId: string): Promise<void> {
  const { keyId, callId, attempt } = request;
  const caller = settlerOf();
  const target = configuredTarget(caller.config, undefined);
  const response = await callNode(caller, target, {
    method: 'POST',
    path: '/v1/chat/completions',
    body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'hello' }] }),
    accept: 'application/json',
    bootId: (await nodeStatus(caller, target)).bootId,
    identity: { accountId, keyId, callId, attempt, priority: 'normal' },
    ender: new AbortController(),
  });
  await response.json();
  const record = await readJournalRecord(caller, target, callId);
  if (typeof record === 'string') throw new Error(`the node’s record: ${record}`);
}

describe('a renewal', () => {
  it('keeps the lease for as long as the call lasts', async ({ expect }) => {
    stopClock();
    const { account, keyId, lease } = await openCall({ limits: ONE_AT_ONCE });
    for (let time = 0; time < 4; time++) {
      laterBy(LEASE_LIFE_MS - 1);
      await runDurableObjectAlarm(account);
      expect(await account.renew(lease)).toEqual(RENEWED);
    }
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 0 });
    expect(await usageOf(keyId)).toMatchObject({ calls: 0 });
  });

  it.for([
    ['revoked', 'key_revoked'],
    ['disabled', 'key_disabled'],
    ['user disabled', 'user_disabled'],
    ['model removed', 'model_not_allowed'],
    ['scope removed', 'scope_not_allowed'],
    ['address removed', 'address_not_allowed'],
    ['rotated with no grace', 'secret_ended'],
    ['rotated, and the rotation finished', 'secret_ended'],
    ['rotated, and the grace over', 'secret_ended'],
    ['expired', 'key_expired'],
  ] as const)('says why the call must end: %s', async ([end, reason], { expect }) => {
    const { account, keyId, lease } = await openCall();
    expect(await account.renew(lease)).toEqual(RENEWED);
    const { key: next } = await mintKey(keyId);
    if (end === 'revoked') await account.revokeKey(keyId, ACTOR);
    if (end === 'disabled') await account.setKeyDisabled(keyId, true, ACTOR);
    if (end === 'user disabled') await account.updateAccount({ disabled: true });
    if (end === 'model removed') await account.updateKey(keyId, { models: ['tiny-phi2'] }, ACTOR);
    if (end === 'scope removed') await account.updateKey(keyId, { scopes: ['models'] }, ACTOR);
    if (end === 'address removed') await account.updateKey(keyId, { addresses: ['198.51.100.0/24'] }, ACTOR);
    if (end === 'rotated with no grace') await account.rotateKey(keyId, next.secretDigest, 0, ACTOR);
    if (end === 'rotated, and the rotation finished' || end === 'rotated, and the grace over') {
      await account.rotateKey(keyId, next.secretDigest, HOUR_SECONDS, ACTOR);
      expect(await account.renew(lease)).toEqual(RENEWED);
    }
    if (end === 'rotated, and the rotation finished') await account.finishRotation(keyId, ACTOR);
    if (end === 'expired') {
      const expiresAt = Math.floor(Date.now() / 1_000) + HOUR_SECONDS;
      await account.updateKey(keyId, { expiresAt }, ACTOR);
    }
    if (end === 'expired' || end === 'rotated, and the grace over') {
      expect(await account.renew(lease)).toEqual(RENEWED);
      stopClock();
      laterBy((HOUR_SECONDS + 1) * 1_000);
    }
    expect(await account.renew(lease)).toEqual({ renewed: false, reason });
  });

  it('of a lower limit does not end a call that was admitted', async ({ expect }) => {
    const { account, keyId, lease } = await openCall();
    const limits = { requests_per_day: 1, tokens_per_day: 1, parallel_requests: 1, max_tokens_per_call: 1 };
    await account.updateKey(keyId, { limits }, ACTOR);
    expect(await account.renew(lease)).toEqual(RENEWED);
  });

  it('of a call that was settled, or of another key’s secret, renews nothing', async ({ expect }) => {
    const { account, keyId, request, admitted, lease } = await openCall({ limits: ONE_AT_ONCE });
    expect(await account.renew({ ...lease, secretDigest: 'another' })).toEqual({
      renewed: false,
      reason: 'unknown_secret',
    });
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(request, admitted, counted(1, 1))] });
    expect(await account.renew(lease)).toEqual({ renewed: false, reason: 'settled' });
    expect(await remainingOf(keyId)).toEqual(ONE_AT_ONCE);
  });

  it('from before a move does not move the lease back', async ({ expect }) => {
    const { account, keyId, request, admitted, lease } = await openCall();
    const moved = { ...request, nodeId: 'other', attempt: 2 };
    await account.move(leaseOf(moved, admitted));
    expect(await account.renew(lease)).toEqual(RENEWED);
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(request, admitted, counted(50, 50))] });
    expect(await usageOf(keyId)).toMatchObject({ calls: 0 });
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(moved, admitted, counted(1, 2))] });
    expect(await usageOf(keyId)).toMatchObject({ calls: 1, promptTokens: 1 });
  });
});

describe('a lease that nobody renews', () => {
  it('is settled by the estimate of its prompt when the node has not told, and its place is free', async ({
    expect,
  }) => {
    stopClock();
    const { account, keyId, request, admitted } = await openCall({
      limits: { ...ONE_AT_ONCE, tokens_per_day: 1_000 },
    });
    laterBy(LEASE_LIFE_MS - 1);
    await runDurableObjectAlarm(account);
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 0, tokens_per_day: 980 });
    laterBy(1);
    expect(await runDurableObjectAlarm(account)).toBe(true);
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 1, tokens_per_day: 990 });
    expect(await usageOf(keyId)).toMatchObject({ calls: 1, promptTokens: 10, estimatedCalls: 1 });
    await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(request, admitted, counted(7, 5))] });
    expect(await usageOf(keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5, estimatedCalls: 0 });
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 1, tokens_per_day: 988 });
  });

  it('is settled by the node’s record when there is one', async ({ expect }) => {
    const key = await openKey({ limits: { ...ONE_AT_ONCE, tokens_per_day: 1_000 } });
    const request = inferenceCall(key);
    await answerAtNode(request, key.accountId);
    // The node believes only what was signed now: the call was admitted a while ago.
    stopClock();
    laterBy(-LEASE_LIFE_MS - 1_000);
    expect(await key.account.admit(request)).toMatchObject({ admitted: true });
    vi.useRealTimers();
    await runDurableObjectAlarm(key.account);
    await vi.waitFor(async () => {
      expect(await remainingOf(key.keyId)).toEqual({ parallel_requests: 1, tokens_per_day: 988 });
    });
    expect(await usageOf(key.keyId)).toMatchObject({
      ...{ calls: 1, promptTokens: 7, completionTokens: 5, estimatedCalls: 0 },
    });
  });

  it('is settled by the estimate when only the record of an earlier attempt is there', async ({ expect }) => {
    const key = await openKey();
    const request = inferenceCall(key, { model: 'echo' });
    await answerAtNode(request, key.accountId);
    stopClock();
    laterBy(-LEASE_LIFE_MS - 1_000);
    const admitted = await key.account.admit(request);
    if (!admitted.admitted) throw new Error('refused');
    await key.account.move(leaseOf({ ...request, nodeId: 'other', attempt: 2 }, admitted));
    vi.useRealTimers();
    await runDurableObjectAlarm(key.account);
    await vi.waitFor(async () => {
      expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 10, estimatedCalls: 1 });
    });
  });

  it('counts from the restart when the object has restarted: nobody could renew it meanwhile', async ({ expect }) => {
    stopClock();
    const { account, keyId } = await openCall({ limits: ONE_AT_ONCE });
    laterBy(LEASE_LIFE_MS - 1);
    await evictDurableObject(account);
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 0 });
    laterBy(LEASE_LIFE_MS - 1);
    await runDurableObjectAlarm(account);
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 0 });
    laterBy(1);
    await runDurableObjectAlarm(account);
    expect(await remainingOf(keyId)).toEqual(ONE_AT_ONCE);
  });
});

describe('an object that restarts', () => {
  it('knows every call that was renewed, and learns of the others with their next renewal', async ({ expect }) => {
    const { account, keyId, secretDigest, admitted } = await openCall();
    const [, renewed] = drawnCall({ keyId, secretDigest }, admitted);
    const [, renewedLater] = drawnCall({ keyId, secretDigest }, admitted);
    expect(await account.renew(renewed)).toEqual(RENEWED);
    await evictDurableObject(account);
    await account.updateKey(keyId, { limits: { parallel_requests: 3 } }, ACTOR);
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 2 });
    expect(await account.renew(renewedLater)).toEqual(RENEWED);
    expect(await remainingOf(keyId)).toEqual({ parallel_requests: 1 });
  });

  it('settles by the lease that it was told of last', async ({ expect }) => {
    const { account, keyId, request, admitted } = await openCall({ limits: ONE_AT_ONCE });
    const moved = { ...request, nodeId: 'other', attempt: 2 };
    await account.move(leaseOf(moved, admitted));
    await evictDurableObject(account);
    const again = accountOf(keyId);
    await again.settle({ ...NOTHING_ELSE, settlements: [settlementOf(request, admitted, counted(50, 50))] });
    expect(await usageOf(keyId)).toMatchObject({ calls: 0 });
    await again.settle({ ...NOTHING_ELSE, settlements: [settlementOf(moved, admitted, counted(1, 2))] });
    expect(await usageOf(keyId)).toMatchObject({ calls: 1, promptTokens: 1, completionTokens: 2 });
  });

  it('answers a call that it had admitted, asked about again, as it did before', async ({ expect }) => {
    const { account, request, admitted } = await openCall({ limits: { ...ONE_AT_ONCE, requests_per_day: 10 } });
    await evictDurableObject(account);
    expect(await accountOf(request.keyId).admit(request)).toMatchObject({
      ...{ admitted: true, chargedAt: admitted.chargedAt, maxTokens: admitted.maxTokens },
    });
    expect((await remainingOf(request.keyId)).requests_per_day).toBe(9);
  });
});

it('calls are under way for the key, the user and the model that they belong to', async ({ expect }) => {
  const { account, keyId, accountId } = await openCall({
    limits: { parallel_requests: 9, models: { [MODEL]: { parallel_requests: 5 } } },
  });
  await account.updateAccount({ limits: { parallel_requests: 20 } });
  const states = await env.ACCOUNT.getByName(accountId).readLimits(keyId);
  expect(states.map(({ scope, model, remaining }) => [scope, model, remaining])).toEqual([
    ['key', null, 8],
    ['key', MODEL, 4],
    ['user', null, 19],
  ]);
});
