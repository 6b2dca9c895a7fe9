// A call that a sweep settled by the node's record, before its own gateway did.
import { describe, it } from 'vitest';
import { admitOne, inferenceCall, NOTHING_ELSE, recordOf, remainingOf, settlementOf, usageOf } from './limited-call.ts';
import { accountOf, openKey } from './open-account.ts';

describe('a call that was swept first', () => {
  it.for(['nothing', 'prompt'] as const)(
    'counts as its record says when its gateway, which asked the node too late, assumes %s',
    async (assumed, { expect }) => {
      const key = await openKey({ limits: { requests_per_day: 1_000, tokens_per_day: 100_000 } });
      const account = accountOf(key.keyId);
      const { admitted } = await admitOne(key);
      const drawn = inferenceCall(key);
      await account.settle({ ...NOTHING_ELSE, records: [recordOf(drawn, {})] });
      const before = await remainingOf(key.keyId);
      const end = { kind: 'untold', assumed, error: null } as const;
      await account.settle({ ...NOTHING_ELSE, settlements: [settlementOf(drawn, admitted, end)] });
      // Its 20 reserved tokens have become the record's 12, and the request stays counted.
      expect(await remainingOf(key.keyId)).toEqual({ ...before, tokens_per_day: (before.tokens_per_day ?? 0) + 8 });
      expect(await usageOf(key.keyId)).toMatchObject({ calls: 1, promptTokens: 7, completionTokens: 5 });
    },
  );
});
