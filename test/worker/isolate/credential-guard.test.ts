import { it } from 'vitest';
import { CredentialGuard } from '../../../worker/src/isolate/credential-guard.ts';

const NOW_MS = 1_800_000_000_000;
const rate = { atOnce: 1, oneBackMs: 1_000 };

function guard(): CredentialGuard {
  return new CredentialGuard({ perClient: rate, unknownClients: rate, maxClients: 10, maxProven: 2 });
}

it('a credential is proven by a success, until it fails', ({ expect }) => {
  const credentials = guard();
  expect(credentials.isProven('a')).toBe(false);
  credentials.noteSuccess('a');
  credentials.noteFailure('client', 'b', NOW_MS);
  credentials.noteFailure('client', null, NOW_MS);
  expect(credentials.isProven('a')).toBe(true);
  credentials.noteFailure('client', 'a', NOW_MS);
  expect(credentials.isProven('a')).toBe(false);
});

it('failures take nothing from what is remembered of successes, and successes are bounded', ({ expect }) => {
  const credentials = guard();
  credentials.noteSuccess('a');
  for (let failed = 0; failed < 1_000; failed++) credentials.noteFailure(`client ${failed}`, `bad ${failed}`, NOW_MS);
  expect(credentials.isProven('a')).toBe(true);
  credentials.noteSuccess('b');
  credentials.noteSuccess('c');
  expect(['a', 'b', 'c'].map((digest) => credentials.isProven(digest))).toEqual([false, true, true]);
});
