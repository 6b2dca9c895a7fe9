// What leaves the sequences is kept once: an account's own for the account, what is everybody's for everybody, and without the rest.
import { expect, test } from 'vitest';
import { leavingTokens } from '../../../inference-node/engine-child/leaving-tokens.ts';
import type { Token } from '../../../inference-node/llama-cpp/loaded-model.ts';

const SHARED = 100;

/** A sequence with the shared tokens at its beginning, and `own` others after them. */
function holds(account: string, own: number, sharedTokens = SHARED) {
  const first = account.charCodeAt(0) * 1000;
  const numbers = Array.from({ length: SHARED + own }, (_, index) => (index < SHARED ? index : first + index));
  return { account, sharedTokens, tokens: numbers.map((number) => number as Token) };
}

test('both parts, when nobody else has them', () => {
  expect(leavingTokens(holds('alice', 80), 0, [])).toEqual({ own: true, everybodys: SHARED });
});

test('what another sequence of the account has is not kept; what one of another account has is', () => {
  const alice = holds('alice', 80, 0);
  expect(leavingTokens(alice, 0, [holds('alice', 90, 0)])).toEqual({ own: false, everybodys: 0 });
  expect(leavingTokens(alice, 0, [{ ...holds('alice', 90, 0), account: 'bob' }])).toEqual({ own: true, everybodys: 0 });
});

test('what is everybody’s is not kept while any account’s sequence has it', () => {
  expect(leavingTokens(holds('alice', 80), 0, [holds('bob', 10)])).toEqual({ own: true, everybodys: 0 });
});

test('nor while it stays in its own', () => {
  expect(leavingTokens(holds('alice', 80), SHARED, [])).toEqual({ own: true, everybodys: 0 });
});

test('a short conversation after it is no reason to keep it for the account, too', () => {
  expect(leavingTokens(holds('alice', 20), 0, [])).toEqual({ own: false, everybodys: SHARED });
});

test('of a prompt that was not read to its end only what was read', () => {
  const { tokens, ...alice } = holds('alice', 0);
  expect(leavingTokens({ ...alice, tokens: tokens.slice(0, 70) }, 0, [])).toEqual({ own: false, everybodys: 70 });
  expect(leavingTokens({ ...alice, tokens: tokens.slice(0, 40) }, 0, [])).toEqual({ own: false, everybodys: 0 });
});
