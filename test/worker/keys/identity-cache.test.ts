import { it } from 'vitest';
import { IdentityCache } from '../../../worker/src/keys/identity-cache.ts';

const identity = { accountId: 'account1', keyId: 'account1key00001' };

it('never holds more than its bound, and forgets first what was used longest ago', ({ expect }) => {
  const cache = new IdentityCache(3);
  for (const digest of ['a', 'b', 'c']) cache.set(digest, identity);
  cache.get('a');
  cache.set('d', identity);
  expect(cache.size).toBe(3);
  expect(cache.get('b')).toBeUndefined();
  expect(cache.get('a')).toBe(identity);
});

it('the same digest again takes nobody out', ({ expect }) => {
  const cache = new IdentityCache(2);
  for (const digest of ['a', 'b', 'b']) cache.set(digest, identity);
  expect(cache.get('a')).toBe(identity);
});
