// Every call is settled once, whoever tells of its end, how often, and in which order.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { CallEnd, PermitReturn } from '../../../protocol/objects/account-admission.ts';
import {
  admitOne,
  counted,
  inferenceCall,
  leaseOf,
  MODEL,
  NOTHING_ELSE,
  recordOf,
  remainingOf,
  settleCalls,
  settlementOf,
  tellRecord,
  usageOf,
} from './limited-call.ts';
import { accountOf, addKey, openKey } from './open-account.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 25, 12, 0, 0, 200);
/** For so long the account remembers a call that the node has forgotten. */
const FORGETTING_MS = 30_000;
const LIMITS = { requests_per_day: 1_000, tokens_per_day: 100_000 };
/** Of `LIMITS`, after one call of 7 prompt and 5 completion tokens. */
const AFTER_ONE = { requests_per_day: 999, tokens_per_day: 99_988 };
const UNTOLD: CallEnd = { kind: 'untold', assumed: 'prompt', error: null };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

function laterBy(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

describe('a call is settled once', () => {
  it('when its settlement is told twice, together with others, and after a restart', async ({ expect }) => {
    const key = await openKey({ limits: LIMITS });
    const { request, admitted } = await admitOne(key);
    const settlement = settlementOf(request, admitted, counted(7, 5));
    await settleCalls(key.keyId, settlement, settlement);
    await evictDurableObject(accountOf(key.keyId));
    const other = await admitOne(key);
    await settleCalls(key.keyId, settlement, settlementOf(other.request, other.admitted, counted(1, 1)));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 2, promptTokens: 8, completionTokens: 6 });
    expect(await remainingOf(key.keyId)).toEqual({ requests_per_day: 998, tokens_per_day: 99_986 });
  });

  it('when the node’s record comes after the settlement', async ({ expect }) => {
    const key = await openKey({ limits: LIMITS });
    const { request, admitted } = await admitOne(key);
    await settleCalls(key.keyId, settlementOf(request, admitted, counted(7, 5)));
    await tellRecord(key.keyId, recordOf(request, { promptTokens: 100 }));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
    expect(await remainingOf(key.keyId)).toEqual(AFTER_ONE);
  });

  it('when the settlement comes after the node’s record, of a call whose lease the account knows', async ({
    expect,
  }) => {
    const key = await openKey({ limits: { ...LIMITS, parallel_requests: 1 } });
    const { request, admitted } = await admitOne(key);
    await tellRecord(key.keyId, recordOf(request, {}));
    await settleCalls(key.keyId, settlementOf(request, admitted, counted(70, 50)));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
    expect(await remainingOf(key.keyId)).toEqual({ ...AFTER_ONE, parallel_requests: 1 });
  });

  it('when the settlement comes after the record of a call within a permit, which alone knows what was reserved', async ({
    expect,
  }) => {
    const key = await openKey({ limits: LIMITS });
    const { request, admitted } = await admitOne(key);
    const drawn = inferenceCall(key);
    await tellRecord(key.keyId, recordOf(drawn, {}));
    await tellRecord(key.keyId, recordOf(drawn, {}));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
    const before = await remainingOf(key.keyId);
    await settleCalls(key.keyId, settlementOf(drawn, admitted, counted(7, 5)));
    await settleCalls(key.keyId, settlementOf(drawn, admitted, counted(7, 5)));
    // Its 20 reserved tokens, which the permit had taken, have become 12.
    expect((await remainingOf(key.keyId)).tokens_per_day).toBe((before.tokens_per_day ?? 0) + 8);
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1 });
    await settleCalls(key.keyId, settlementOf(request, admitted, counted(1, 1)));
  });

  it('when a sweep that had read its record comes after the node has forgotten it', async ({ expect }) => {
    const key = await openKey();
    const { request, admitted } = await admitOne(key);
    await settleCalls(key.keyId, settlementOf(request, admitted, counted(7, 5)));
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, forgotten: [request.callId] });
    laterBy(FORGETTING_MS - 1);
    await tellRecord(key.keyId, recordOf(request, {}));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1 });
  });

  it('and forgotten half a minute after the node has forgotten it; an estimate is kept', async ({ expect }) => {
    const key = await openKey();
    const [told, assumed] = [await admitOne(key), await admitOne(key)];
    await settleCalls(
      key.keyId,
      settlementOf(told.request, told.admitted, counted(7, 5)),
      settlementOf(assumed.request, assumed.admitted, UNTOLD),
    );
    const ids = [told.request.callId, assumed.request.callId];
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, forgotten: ids });
    laterBy(FORGETTING_MS);
    await accountOf(key.keyId).settle(NOTHING_ELSE);
    const kept = await runInDurableObject(accountOf(key.keyId), (_object, { storage }) =>
      storage.sql.exec<{ call_id: string }>('SELECT call_id FROM settled_calls').toArray(),
    );
    expect(kept.map((row) => row.call_id).filter((id) => ids.includes(id))).toEqual([assumed.request.callId]);
  });
});

describe('after a move', () => {
  it('only the node and the attempt that the lease names now may settle', async ({ expect }) => {
    const key = await openKey({ limits: LIMITS });
    const account = accountOf(key.keyId);
    const { request, admitted } = await admitOne(key);
    const moved = { ...request, nodeId: 'other', attempt: 2 };
    expect(await account.move(leaseOf(moved, admitted))).toBe(true);
    await settleCalls(key.keyId, settlementOf(request, admitted, counted(100, 100)));
    await settleCalls(key.keyId, settlementOf({ ...request, attempt: 2 }, admitted, counted(100, 100)));
    await tellRecord(key.keyId, recordOf(request, {}));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 0 });
    await settleCalls(key.keyId, settlementOf(moved, admitted, counted(7, 5)));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
    expect(await remainingOf(key.keyId)).toEqual(AFTER_ONE);
  });

  it('nothing moves back, and nothing that is settled moves', async ({ expect }) => {
    const key = await openKey();
    const account = accountOf(key.keyId);
    const { request, admitted } = await admitOne(key);
    const second = leaseOf({ ...request, nodeId: 'other', attempt: 2 }, admitted);
    expect(await account.move(second)).toBe(true);
    expect(await account.move(second)).toBe(false);
    expect(await account.move(leaseOf(request, admitted))).toBe(false);
    await settleCalls(key.keyId, settlementOf({ ...request, nodeId: 'other', attempt: 2 }, admitted, counted(1, 1)));
    expect(await account.move({ ...second, attempt: 3 })).toBe(false);
  });
});

describe('what comes back', () => {
  it('of a call that reached no engine is everything', async ({ expect }) => {
    const key = await openKey({ limits: LIMITS });
    const { request, admitted } = await admitOne(key);
    await settleCalls(key.keyId, settlementOf(request, admitted, { kind: 'unreached', error: 'queue_full' }));
    expect(await remainingOf(key.keyId)).toEqual(LIMITS);
    expect(await usageOf(key.keyId)).toEqual({
      calls: 1,
      promptTokens: 0,
      completionTokens: 0,
      estimatedCalls: 0,
      errors: { queue_full: 1 },
    });
  });

  it('of a permit counts once, however often it is told', async ({ expect }) => {
    const key = await openKey({ limits: LIMITS });
    const account = accountOf(key.keyId);
    const call = inferenceCall(key);
    const admitted = await account.admit(call);
    if (!admitted.admitted || admitted.permit === null) throw new Error('no permit');
    const { id: permitId, requests, tokens } = admitted.permit;
    const { chargedAt } = admitted;
    const back: PermitReturn = { permitId, keyId: key.keyId, model: MODEL, chargedAt, requests, tokens: tokens ?? 0 };
    await account.settle({ ...NOTHING_ELSE, returns: [back, back] });
    await evictDurableObject(account);
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, returns: [back] });
    await settleCalls(key.keyId, settlementOf(call, admitted, counted(7, 5)));
    expect(await remainingOf(key.keyId)).toEqual(AFTER_ONE);
  });

  it('goes to the second that was charged, also for a call that was asked about twice', async ({ expect }) => {
    const key = await openKey({ limits: { tokens_per_minute: 100, parallel_requests: 5 } });
    const account = accountOf(key.keyId);
    const call = inferenceCall(key, { promptTokens: 10, maxTokens: 50 });
    await account.admit(call);
    laterBy(10_000);
    const again = await account.admit(call);
    if (!again.admitted) throw new Error('refused');
    expect(again.chargedAt).toBe(Math.floor(START_MS / 1_000));
    await settleCalls(key.keyId, settlementOf(call, again, counted(30, 30)));
    expect(await remainingOf(key.keyId)).toMatchObject({ tokens_per_minute: 40 });
    laterBy(51_000);
    expect(await remainingOf(key.keyId)).toMatchObject({ tokens_per_minute: 100 });
  });
});

describe('usage', () => {
  it('is summed up by hour, key and model, with errors by code and the times to first token', async ({ expect }) => {
    const key = await openKey();
    const other = await addKey(key.accountId);
    const call = async (from: Parameters<typeof admitOne>[0], model: string, end: CallEnd): Promise<void> => {
      const { request, admitted } = await admitOne(from, { model });
      await settleCalls(from.keyId, settlementOf(request, admitted, end));
    };
    await call(key, MODEL, { ...counted(10, 20), cachedTokens: 4, firstTokenMs: 7.5 } as CallEnd);
    await call(key, MODEL, { ...counted(1, 0, 'node_timeout'), firstTokenMs: null } as CallEnd);
    await call(key, MODEL, counted(1, 2, 'node_timeout'));
    await call(key, MODEL, counted(0, 0, 'generation_failed'));
    await call(key, 'tiny-phi2', counted(5, 6));
    await call(other, MODEL, counted(3, 3));
    laterBy(HOUR_MS);
    await call(key, MODEL, counted(100, 200));
    const { sums } = await accountOf(key.keyId).readUsage(0, 2 ** 40);
    const hour = Date.UTC(2026, 10, 25, 12) / 1_000;
    const sum = { calls: 1, cachedTokens: 0, estimatedCalls: 0, firstTokens: 1, firstTokenMs: 5, errors: {} };
    const expected = [
      {
        ...{ hour, keyId: key.keyId, model: MODEL, calls: 4, promptTokens: 12, cachedTokens: 4, completionTokens: 22 },
        ...{ estimatedCalls: 0, firstTokens: 3, firstTokenMs: 17.5 },
        errors: { node_timeout: 2, generation_failed: 1 },
      },
      { ...sum, hour, keyId: key.keyId, model: 'tiny-phi2', promptTokens: 5, completionTokens: 6 },
      { ...sum, hour, keyId: other.keyId, model: MODEL, promptTokens: 3, completionTokens: 3 },
      { ...sum, hour: hour + 3_600, keyId: key.keyId, model: MODEL, promptTokens: 100, completionTokens: 200 },
    ];
    expect(sums).toHaveLength(expected.length);
    expect(sums).toEqual(expect.arrayContaining(expected));
  });

  it('tells refusals by their code, written by the alarm', async ({ expect }) => {
    const key = await openKey({ limits: { requests_per_minute: 1, tokens_per_day: 1_000 } });
    const account = accountOf(key.keyId);
    await admitOne(key);
    laterBy(2_000);
    for (const promptTokens of [1, 1, 2_000]) await account.admit(inferenceCall(key, { promptTokens }));
    expect(await usageOf(key.keyId)).toMatchObject({ errors: {} });
    laterBy(10_000);
    expect(await runDurableObjectAlarm(account)).toBe(true);
    expect(await usageOf(key.keyId)).toMatchObject({
      calls: 0,
      errors: { rate_limit_exceeded: 2, insufficient_quota: 1 },
    });
  });
});
