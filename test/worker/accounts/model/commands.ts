// What may happen to an account, as plain data: fast-check makes sequences of it, and makes them shorter when one fails. Numbers that
// name a key, a secret, a call or a gateway count round, so that a sequence stays one when commands are left out.
import fc from 'fast-check';
import type { LimitSet, Limits } from '../../../../protocol/admin/limits.ts';
import type { KeyScope } from '../../../../protocol/admin/key-scope.ts';

export const MODELS = ['tiny-llama', 'tiny-phi2'] as const;

export type EndKind = 'counted' | 'cancelled' | 'unreached' | 'untold' | 'unknown';

export type Command =
  | {
      do: 'call';
      gateway: number;
      key: number;
      secret: number;
      model: number;
      prompt: number;
      max: number;
      named: boolean;
      times: number;
    }
  | { do: 'list'; gateway: number; key: number; secret: number }
  | { do: 'end'; call: number; how: EndKind; prompt: number; completion: number; hasRecord: boolean }
  | { do: 'renew'; call: number }
  | { do: 'limit'; key: number | null; choice: number }
  | { do: 'allow'; key: number; models: string[] | null; scopes: KeyScope[] | null }
  | { do: 'expire'; key: number; inSeconds: number | null }
  | { do: 'disable'; key: number | null; disabled: boolean }
  | { do: 'rotate'; key: number; grace: number }
  | { do: 'finish'; key: number }
  | { do: 'revoke'; key: number }
  | { do: 'wait'; ms: number }
  | { do: 'alarm' }
  | { do: 'restart' }
  | { do: 'crash'; gateway: number; records: boolean }
  | { do: 'lose'; gateway: number; what: 'admit' | 'settle' }
  | { do: 'sweep'; gateway: number }
  | { do: 'deafen'; deaf: boolean };

const LIMIT_CHOICES = 4;
const pick = fc.nat(7);
const gateway = fc.nat(1);
const key = fc.nat(1);

/** Some at which every call is judged by itself, some that are large enough for permits. */
const requests = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 100, max: 2_000 }));
const tokens = fc.oneof(fc.integer({ min: 20, max: 300 }), fc.integer({ min: 5_000, max: 200_000 }));

const limit: fc.Arbitrary<LimitSet> = fc.oneof(
  requests.map((limit) => ({ requests_per_minute: limit })),
  tokens.map((limit) => ({ tokens_per_minute: limit })),
  requests.map((limit) => ({ requests_per_day: limit })),
  tokens.map((limit) => ({ tokens_per_day: limit })),
  requests.map((limit) => ({ requests_per_month: limit })),
  tokens.map((limit) => ({ tokens_per_month: limit })),
  fc.integer({ min: 1, max: 3 }).map((limit) => ({ parallel_requests: limit })),
  fc.integer({ min: 5, max: 60 }).map((limit) => ({ max_tokens_per_call: limit })),
);
/** Few at once, so that it shows which of them refuses. */
const fewLimits = fc.array(limit, { maxLength: 3 }).map((sets) => sets.reduce((all, one) => ({ ...all, ...one }), {}));
const limits: fc.Arbitrary<Limits | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fewLimits },
  { weight: 1, arbitrary: fewLimits.map((set) => ({ models: { [MODELS[0]]: set } })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fewLimits, fewLimits).map(([all, one]) => ({ ...all, models: { [MODELS[1]]: one } })),
  },
);

/** Few, so that limits are taken away and set again. The first ones are those that user and keys begin with. */
export const limitChoices = fc.array(limits, { minLength: LIMIT_CHOICES, maxLength: LIMIT_CHOICES });

const call = fc.record({
  do: fc.constant('call' as const),
  gateway,
  key,
  secret: pick,
  model: fc.nat(1),
  prompt: fc.integer({ min: 0, max: 60 }),
  max: fc.integer({ min: 1, max: 60 }),
  named: fc.boolean(),
  times: fc.integer({ min: 1, max: 4 }),
});
const end = fc.record({
  do: fc.constant('end' as const),
  call: pick,
  how: fc.constantFrom<EndKind>('counted', 'counted', 'counted', 'cancelled', 'unreached', 'untold', 'unknown'),
  prompt: fc.integer({ min: 0, max: 70 }),
  completion: fc.integer({ min: 0, max: 70 }),
  hasRecord: fc.boolean(),
});
const wait = fc.record({
  do: fc.constant('wait' as const),
  ms: fc.constantFrom(1, 10, 41, 300, 1_000, 3_000, 15_000, 31_000, 59_000, 61_000, 3_600_000, 86_400_000),
});

const setLimits = fc.record({
  do: fc.constant('limit' as const),
  key: fc.option(key),
  choice: fc.nat(LIMIT_CHOICES - 1),
});
const act: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('allow' as const),
    key,
    models: fc.option(fc.subarray([...MODELS], { minLength: 1, maxLength: 1 })),
    scopes: fc.option(fc.constantFrom<KeyScope[]>(['chat'], ['models'])),
  }),
  fc.record({ do: fc.constant('expire' as const), key, inSeconds: fc.option(fc.constantFrom(1, 60, 4_000)) }),
  fc.record({ do: fc.constant('disable' as const), key: fc.option(key), disabled: fc.boolean() }),
  fc.record({ do: fc.constant('rotate' as const), key, grace: fc.constantFrom(0, 2, 3_600) }),
  fc.record({ do: fc.constant('finish' as const), key }),
);
const mishap: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('restart' as const) }),
  fc.record({ do: fc.constant('crash' as const), gateway, records: fc.boolean() }),
  fc.record({ do: fc.constant('lose' as const), gateway, what: fc.constantFrom('admit' as const, 'settle' as const) }),
  fc.record({ do: fc.constant('deafen' as const), deaf: fc.boolean() }),
);

export const commandArbitrary: fc.Arbitrary<Command> = fc.oneof(
  { weight: 36, arbitrary: call },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('list' as const), gateway, key, secret: pick }) },
  { weight: 24, arbitrary: end },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('renew' as const), call: pick }) },
  { weight: 14, arbitrary: wait },
  { weight: 8, arbitrary: setLimits },
  { weight: 12, arbitrary: act },
  { weight: 8, arbitrary: mishap },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('alarm' as const) }) },
  // For good: seldom, or little else would happen to the key.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sweep' as const), gateway }) },
);
