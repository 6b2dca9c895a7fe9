// Requirement: whatever is killed, and whenever, no acknowledged admin write is lost, no limit lets more through, usage adds up, and
// what was under way is let go. `kill -9` at random moments under load; CRASH_ROUNDS makes it a soak, CRASH_SEED repeats a plan.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownKeySchema } from '../../protocol/inference/own-key.ts';
import { LEASE_LIFE_MS } from '../../protocol/objects/account-admission.ts';
import type { LoadKey } from './crash/call-ledger.ts';
import { expectAcknowledgedKeys, expectAudit, expectThere } from './crash/check-acts.ts';
import { daysSince, mostAtOnce } from './crash/check-limits.ts';
import { expectWholeCallsJournalled, usageProblems } from './crash/check-usage.ts';
import { describePlan, planCrash } from './crash/crash-plan.ts';
import { CrashRun } from './crash/crash-run.ts';
import { makeCall } from './crash/make-call.ts';
import { SeededRandom } from './crash/seeded-random.ts';

const USUAL_ROUNDS = 2;
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? USUAL_ROUNDS);
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
/** Of a key that is called all the time, some is left at the end; a fiftieth is enough for a permit. */
const LIMITS = { requests_per_day: 110 + 30 * ROUNDS, tokens_per_day: 2_000 + 1_500 * ROUNDS, parallel: 4 };
/** What a crash of the gateway may cost: a fiftieth of a limit. */
const BLOCK_SHARE = 1 / 50;
/** A round has two starts of the product, on a machine that has other things to do. Milliseconds. */
const ROUND_LIMIT_MS = 120_000;
/** From a lease's end to the alarm that looks after it, and for a busy machine. Milliseconds. */
const DRAIN_SLACK_MS = 15_000;
/** Until what a killed gateway left to settle is settled. Milliseconds. */
const SETTLED_WITHIN_MS = 20_000;
/** Until the Registry has heard of it: a minute, and for a busy machine. Milliseconds. */
const ROLLED_UP_WITHIN_MS = 120_000;
/** Clients that use a limit up. */
const CLIENTS = 4;

const plan = new SeededRandom(SEED);
let run: CrashRun;

beforeAll(async () => {
  run = await CrashRun.start(new SeededRandom(SEED + 1), LIMITS);
});

afterAll(async () => {
  note(run.ledger.describe());
  await run[Symbol.asyncDispose]();
});

describe(`after kill -9 under load (CRASH_SEED=${SEED})`, () => {
  it(
    `in each of ${ROUNDS} rounds every acknowledged admin write is there, and usage adds up`,
    async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        const next = planCrash(plan);
        // At the end calls are to be under way, so that there are leases to drain.
        if (round === ROUNDS) next.moments[1].of = 'calls';
        note(`round ${round}: ${describePlan(next)}`);
        await run.crash(next);
        for (const { keys, doubtful } of run.administrators) {
          await expectAcknowledgedKeys(run.gateway, run.api, keys);
          await expectThere(run.api, doubtful);
        }
        await expectAudit(run.api, run.chains, run.administrators);
        // Not in the last round: asking settles calls by the journal, and leases are to drain by themselves once.
        if (round < ROUNDS) await expectUsageToAddUp(run.userId, SETTLED_WITHIN_MS);
      }
    },
    ROUNDS * ROUND_LIMIT_MS,
  );

  it('leases drain: a key takes its full number of parallel calls again when its leases have run out', async () => {
    const key = run.key('parallel');
    const deadline = Date.now() + LEASE_LIFE_MS + DRAIN_SLACK_MS;
    note(`${await remainingParallel(key)} of ${LIMITS.parallel} parallel calls are free at first`);
    while ((await remainingParallel(key)) < LIMITS.parallel) expect(Date.now()).toBeLessThan(deadline);
    const calls = await Promise.all(Array.from({ length: LIMITS.parallel }, () => call(key)));
    expect(calls).toEqual(calls.map(() => 'whole'));
    const records = [...run.records().values()].filter(({ keyId }) => keyId === key.id);
    expect(mostAtOnce(records)).toBeLessThanOrEqual(LIMITS.parallel);
  });

  it('usage adds up: with the node’s journal exactly, and with what clients were told', async () => {
    await expectUsageToAddUp(run.userId, SETTLED_WITHIN_MS);
  });

  it('every limit holds, and a crash costs no more than a block of it', async () => {
    const [requests, tokens] = [run.key('requests_per_day'), run.key('tokens_per_day')];
    for (const key of [requests, tokens]) await useUp(key);
    const days = daysSince(run.startedMs);
    const block = Math.floor(LIMITS.requests_per_day * BLOCK_SHARE);
    const mayLack = run.gatewayCrashes * block + run.ledger.uncertain(requests.id);
    const admitted = run.ledger.whole(requests.id).length;
    note(
      `${admitted} of ${LIMITS.requests_per_day} requests were answered, the gateway died ${run.gatewayCrashes} times`,
    );
    expect(admitted).toBeLessThanOrEqual(LIMITS.requests_per_day * days);
    expect(admitted).toBeGreaterThanOrEqual(LIMITS.requests_per_day - mayLack);
    const used = [...run.records().values()]
      .filter(({ keyId }) => keyId === tokens.id)
      .reduce((sum, { promptTokens, completionTokens }) => sum + promptTokens + completionTokens, 0);
    // What cut calls had reserved beyond what they used stays counted, so there is no telling how much is lost.
    expect(used).toBeLessThanOrEqual(LIMITS.tokens_per_day * days);
    expect(run.ledger.of(run.key('none').id)).not.toContainEqual(expect.objectContaining({ how: 'refused' }));
  });

  it.runIf(ROUNDS > USUAL_ROUNDS)('usage adds up in the roll-ups too', async () => {
    await expectUsageToAddUp(null, ROLLED_UP_WITHIN_MS);
  });
});

async function call(key: LoadKey): Promise<string> {
  const end = await makeCall(run.gateway, key.secret, 'Tell me of the sea', false);
  run.ledger.add(key.id, end);
  return end.how;
}

/** Together, and at last one by one, since calls under way have reserved more than they use. */
async function useUp(key: LoadKey): Promise<void> {
  const callOnAndOn = async (): Promise<void> => {
    while ((await call(key)) === 'whole');
  };
  await Promise.all(Array.from({ length: CLIENTS }, callOnAndOn));
  await callOnAndOn();
  expect(run.ledger.of(key.id).at(-1)).toEqual({ how: 'refused', code: 'insufficient_quota' });
}

async function remainingParallel({ secret }: LoadKey): Promise<number> {
  const answer = await fetch(`${run.gateway}/v1/key`, { headers: { authorization: `Bearer ${secret}` } });
  const { limits } = ownKeySchema.parse(await answer.json());
  return limits.find(({ name }) => name === 'parallel_requests')?.remaining ?? 0;
}

/** A killed gateway's calls are settled by the journal, which the report itself brings about: soon, not at once. */
async function expectUsageToAddUp(userId: string | null, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { data } = await run.usage(userId);
    const records = run.records();
    const problems = run.keys.flatMap((key) => usageProblems(key, data, run.ledger, records.values()));
    if (problems.length > 0 && Date.now() < deadline) continue;
    expect(problems).toEqual([]);
    for (const { id } of run.keys) expectWholeCallsJournalled(id, run.ledger, records);
    return;
  }
}

/** For whoever has to repeat it. */
function note(text: string): void {
  process.stderr.write(`crash test: ${text}\n`);
}
