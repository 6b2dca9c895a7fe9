import { it } from 'vitest';
import { AttemptBudget } from '../../../worker/src/isolate/attempt-budget.ts';

const START_MS = 1_800_000_000_000;

function budget(maxClients = 100): AttemptBudget {
  const perClient = { atOnce: 3, oneBackMs: 1_000 };
  return new AttemptBudget({ perClient, unknownClients: { atOnce: 5, oneBackMs: 100 }, maxClients });
}

/** How many failures in a row the client may have at this moment. */
function failUntilRefused(attempts: AttemptBudget, client: string | null, nowMs: number): number {
  let failed = 0;
  while (attempts.waitMs(client, nowMs) === 0) {
    attempts.noteFailure(client, nowMs);
    failed++;
  }
  return failed;
}

it('a client may fail so many times at once, and then once every so often', ({ expect }) => {
  const attempts = budget();
  expect(failUntilRefused(attempts, 'a', START_MS)).toBe(3);
  expect(failUntilRefused(attempts, 'a', START_MS + 999)).toBe(0);
  expect(failUntilRefused(attempts, 'a', START_MS + 1_000)).toBe(1);
  expect(failUntilRefused(attempts, 'a', START_MS + 3_000)).toBe(2);
  expect(failUntilRefused(attempts, 'a', START_MS + 86_400_000)).toBe(3);
});

it('the wait that it tells is true: one attempt is allowed after it, none before', ({ expect }) => {
  const attempts = budget();
  failUntilRefused(attempts, 'a', START_MS);
  const waitMs = attempts.waitMs('a', START_MS + 300);
  expect(waitMs).toBe(700);
  expect(attempts.waitMs('a', START_MS + 300 + waitMs - 1)).toBe(1);
  expect(attempts.waitMs('a', START_MS + 300 + waitMs)).toBe(0);
});

it('one client’s failures are nobody else’s', ({ expect }) => {
  const attempts = budget();
  failUntilRefused(attempts, 'a', START_MS);
  expect(attempts.waitMs('b', START_MS)).toBe(0);
  expect(attempts.waitMs(null, START_MS)).toBe(0);
});

it('unknown clients share one budget of its own size', ({ expect }) => {
  const attempts = budget();
  expect(failUntilRefused(attempts, null, START_MS)).toBe(5);
  expect(attempts.waitMs(null, START_MS)).toBe(100);
  expect(attempts.waitMs('a', START_MS)).toBe(0);
});

it('failures of calls that were on their way together are owed, within a bound', ({ expect }) => {
  const attempts = budget();
  for (let failed = 0; failed < 1_000; failed++) attempts.noteFailure('a', START_MS);
  expect(attempts.waitMs('a', START_MS)).toBe(4_000);
});

it('remembers no more clients than its bound, and keeps those that went on failing', ({ expect }) => {
  const attempts = budget(100);
  failUntilRefused(attempts, 'flood', START_MS);
  for (let other = 0; other < 10_000; other++) {
    attempts.noteFailure(`other ${other}`, START_MS);
    expect(attempts.waitMs('flood', START_MS)).toBeGreaterThan(0);
  }
  expect(attempts.size).toBe(100);
});
