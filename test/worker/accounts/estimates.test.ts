// What no node has told is counted as an estimate, and corrected once when the node tells after all.
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { CallEnd } from '../../../protocol/objects/account-admission.ts';
import {
  admitOne,
  counted,
  leaseOf,
  recordOf,
  remainingOf,
  settleCalls,
  settlementOf,
  tellRecord,
  usageOf,
} from './limited-call.ts';
import { accountOf, ACTOR, openKey } from './open-account.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 25, 12, 0, 0, 200);
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

describe('an estimate', () => {
  it.for([
    ['the node’s record', 'record'],
    ['the gateway, late', 'settlement'],
  ] as const)('is corrected by %s, once', async ([, by], { expect }) => {
    const key = await openKey({ limits: LIMITS });
    const { request, admitted } = await admitOne(key);
    await settleCalls(key.keyId, settlementOf(request, admitted, { ...UNTOLD, error: 'node_timeout' }));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 10, estimatedCalls: 1 });
    expect(await remainingOf(key.keyId)).toEqual({ requests_per_day: 999, tokens_per_day: 99_990 });
    laterBy(HOUR_MS);
    for (let time = 0; time < 2; time++) {
      if (by === 'record') await tellRecord(key.keyId, recordOf(request, { outcome: 'failed' }));
      else await settleCalls(key.keyId, settlementOf(request, admitted, counted(7, 5, 'generation_failed')));
    }
    expect(await usageOf(key.keyId)).toEqual({
      calls: 1,
      promptTokens: 7,
      completionTokens: 5,
      estimatedCalls: 0,
      errors: { node_timeout: 1 },
    });
    expect(await remainingOf(key.keyId)).toEqual(AFTER_ONE);
  });

  it.for([
    [24 * HOUR_MS, 7],
    [24 * HOUR_MS + 1, 10],
  ])('is corrected within a day, and stands after it: %i ms later', async ([afterMs, tokens], { expect }) => {
    const key = await openKey();
    const { request, admitted } = await admitOne(key);
    await settleCalls(key.keyId, settlementOf(request, admitted, UNTOLD));
    laterBy(afterMs ?? 0);
    await tellRecord(key.keyId, recordOf(request, {}));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: tokens });
  });

  it('of nothing, when the node knows of no such call, is corrected as well', async ({ expect }) => {
    const key = await openKey({ limits: LIMITS });
    const { request, admitted } = await admitOne(key);
    await settleCalls(key.keyId, settlementOf(request, admitted, { kind: 'untold', assumed: 'nothing', error: null }));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 0, estimatedCalls: 0 });
    expect(await remainingOf(key.keyId)).toEqual(LIMITS);
    await tellRecord(key.keyId, recordOf(request, {}));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
    expect(await remainingOf(key.keyId)).toEqual(AFTER_ONE);
  });

  it.for([
    ['prompt', 99_990],
    ['nothing', 100_000],
  ] as const)(
    'of the %s that is corrected counts once also in a limit that was set meanwhile',
    async (at, { expect }) => {
      const [assumed, before] = at;
      const key = await openKey();
      const { request, admitted } = await admitOne(key);
      await settleCalls(key.keyId, settlementOf(request, admitted, { kind: 'untold', assumed, error: null }));
      laterBy(1_000);
      await accountOf(key.keyId).updateKey(key.keyId, { limits: LIMITS }, ACTOR);
      expect(await remainingOf(key.keyId)).toEqual({ requests_per_day: 999, tokens_per_day: before });
      await tellRecord(key.keyId, recordOf(request, {}));
      expect(await remainingOf(key.keyId)).toEqual(AFTER_ONE);
    },
  );

  it('is corrected by the record of the attempt that it stands for only', async ({ expect }) => {
    const key = await openKey();
    const { request, admitted } = await admitOne(key);
    const moved = { ...request, nodeId: 'other', attempt: 2 };
    await accountOf(key.keyId).move(leaseOf(moved, admitted));
    await settleCalls(key.keyId, settlementOf(moved, admitted, UNTOLD));
    await tellRecord(key.keyId, recordOf(request, { promptTokens: 1_000 }));
    await settleCalls(key.keyId, settlementOf(request, admitted, counted(1_000, 0)));
    expect(await usageOf(key.keyId)).toMatchObject({ promptTokens: 10, estimatedCalls: 1 });
    await tellRecord(key.keyId, recordOf(moved, {}));
    expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, estimatedCalls: 0 });
  });
});
