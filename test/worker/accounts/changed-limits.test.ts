// Limits that are set, taken away and set again while calls are under way, and what an object that restarts makes of them.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { Limits } from '../../../protocol/admin/limits.ts';
import { admitOne, counted, inferenceCall, MODEL, NOTHING_ELSE, remainingOf, settlementOf } from './limited-call.ts';
import { accountOf, ACTOR, openKey } from './open-account.ts';

/** A tenth of a second after a full one. */
const START_MS = Date.UTC(2026, 10, 25, 12, 0, 0, 100);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A change of limits waits for the end of every permit: the clock goes past it first. */
async function setLimits(keyId: string, limits: Limits | null): Promise<void> {
  vi.setSystemTime(Date.now() + 100);
  await accountOf(keyId).updateKey(keyId, { limits }, ACTOR);
}

async function callOnce(key: { keyId: string; secretDigest: string }): Promise<void> {
  const { request, admitted } = await admitOne(key);
  await accountOf(key.keyId).settle({ ...NOTHING_ELSE, settlements: [settlementOf(request, admitted, counted(1, 1))] });
}

function countRows(keyId: string): Promise<number> {
  return runInDurableObject(
    accountOf(keyId),
    (_object, { storage }) => storage.sql.exec('SELECT scope FROM limit_counters').toArray().length,
  );
}

describe('a limit that is set', () => {
  it.for([
    ['within one second', false],
    ['with a restart in between', true],
  ] as const)(
    'has what a call uses that was begun before, and gives nothing back for it, %s',
    async (at, { expect }) => {
      const [, restarts] = at;
      const key = await openKey();
      const { request, admitted } = await admitOne(key, { promptTokens: 500, maxTokens: 500 });
      if (restarts) await evictDurableObject(accountOf(key.keyId));
      expect(await remainingOf(key.keyId)).toEqual({});
      await setLimits(key.keyId, { tokens_per_minute: 100, tokens_per_day: 100 });
      expect(await remainingOf(key.keyId)).toEqual({ tokens_per_minute: 100, tokens_per_day: 100 });
      vi.setSystemTime(Date.now() + 3_000);
      const settlements = [settlementOf(request, admitted, counted(5, 5))];
      await accountOf(key.keyId).settle({ ...NOTHING_ELSE, settlements });
      expect(await remainingOf(key.keyId)).toEqual({ tokens_per_minute: 90, tokens_per_day: 90 });
    },
  );

  it('counts the calls of the second in which it was set as well', async ({ expect }) => {
    const key = await openKey();
    const before = await admitOne(key);
    await setLimits(key.keyId, { tokens_per_minute: 100 });
    const after = await admitOne(key);
    expect(await remainingOf(key.keyId)).toEqual({ tokens_per_minute: 80 });
    const settlements = [before, after].map(({ request, admitted }) => settlementOf(request, admitted, counted(5, 2)));
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, settlements });
    expect(await remainingOf(key.keyId)).toEqual({ tokens_per_minute: 86 });
    vi.setSystemTime(START_MS + 62_000);
    expect(await remainingOf(key.keyId)).toEqual({ tokens_per_minute: 100 });
  });
});

describe('a limit that is taken away and set again', () => {
  it.for([
    ['of all models', { requests_per_day: 10 }, false],
    ['of one model', { models: { [MODEL]: { requests_per_day: 10 } } }, false],
    ['of all models, with a restart before it is set again', { requests_per_day: 10 }, true],
  ] as const)('%s knows the calls in between', async ([, limits, restarts], { expect }) => {
    const key = await openKey({ limits });
    await callOnce(key);
    expect(await countRows(key.keyId)).toBe(1);
    await setLimits(key.keyId, null);
    for (let count = 0; count < 5; count++) await callOnce(key);
    expect(await countRows(key.keyId)).toBe(0);
    if (restarts) {
      await evictDurableObject(accountOf(key.keyId));
      expect(await remainingOf(key.keyId)).toEqual({});
    }
    await setLimits(key.keyId, limits);
    expect(await remainingOf(key.keyId)).toEqual({ requests_per_day: 4 });
  });

  it('is not given back what a call reserved in between', async ({ expect }) => {
    const key = await openKey({ limits: { tokens_per_day: 100 } });
    await callOnce(key);
    await setLimits(key.keyId, {});
    const { request, admitted } = await admitOne(key, { promptTokens: 500, maxTokens: 500 });
    await setLimits(key.keyId, { tokens_per_day: 100 });
    const settlements = [settlementOf(request, admitted, counted(5, 5))];
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, settlements });
    expect(await remainingOf(key.keyId)).toEqual({ tokens_per_day: 88 });
  });
});

describe('calls within a permit', () => {
  it('leave the minute no earlier than a minute after the last moment at which they may begin', async ({ expect }) => {
    vi.setSystemTime(START_MS + 880);
    const key = await openKey({ limits: { requests_per_minute: 1_000 } });
    const admitted = await accountOf(key.keyId).admit(inferenceCall(key));
    if (!admitted.admitted || admitted.permit === null) throw new Error('no permit');
    const lastMs = Date.now() + admitted.permit.lifeMs;
    expect(lastMs).toBeGreaterThanOrEqual(START_MS + 900);
    vi.setSystemTime(lastMs + 60_000);
    const [state] = await accountOf(key.keyId).readLimits(key.keyId);
    expect(state?.remaining).toBe(1_000 - 1 - admitted.permit.requests);
  });

  it('of the last moment of a day are of that day', async ({ expect }) => {
    vi.setSystemTime(Date.UTC(2026, 10, 25, 23, 59, 59, 990));
    const key = await openKey({ limits: { requests_per_day: 1_000, tokens_per_day: 100_000 } });
    const call = inferenceCall(key);
    const admitted = await accountOf(key.keyId).admit(call);
    if (!admitted.admitted || admitted.permit === null) throw new Error('no permit');
    vi.setSystemTime(Date.UTC(2026, 10, 26, 0, 0, 1));
    const settlements = [settlementOf(call, admitted, counted(1, 1))];
    await accountOf(key.keyId).settle({ ...NOTHING_ELSE, settlements });
    expect(await remainingOf(key.keyId)).toEqual({ requests_per_day: 1_000, tokens_per_day: 100_000 });
    const { sums } = await accountOf(key.keyId).readUsage(0, 2 ** 40);
    expect(sums).toMatchObject([{ hour: Date.UTC(2026, 10, 25, 23) / 1_000, calls: 1 }]);
  });
});

describe('an object that restarts', () => {
  it('lets no more than the limit through in any minute, wherever the minute begins', async ({ expect }) => {
    const key = await openKey({ limits: { requests_per_minute: 100, parallel_requests: 1_000 } });
    const admit = async () => (await accountOf(key.keyId).admit(inferenceCall(key))).admitted;
    await admit();
    vi.setSystemTime(START_MS + 55_000);
    let passed = 0;
    // These two are covered by what was written ahead 55 seconds ago.
    for (let count = 0; count < 2; count++) if (await admit()) passed += 1;
    await evictDurableObject(accountOf(key.keyId));
    vi.setSystemTime(START_MS + 62_000);
    for (let count = 0; count < 120; count++) if (await admit()) passed += 1;
    expect(passed).toBe(100);
  });
});
