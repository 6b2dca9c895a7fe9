import { it } from 'vitest';
import { BoundedMap } from '../../../worker/src/isolate/bounded-map.ts';

const value = {};

it('never holds more than its bound, and forgets first what was used longest ago', ({ expect }) => {
  const cache = new BoundedMap<string, object>(3);
  for (const key of ['a', 'b', 'c']) cache.set(key, value);
  cache.get('a');
  cache.set('d', value);
  expect(cache.size).toBe(3);
  expect(cache.get('b')).toBeUndefined();
  expect(cache.get('a')).toBe(value);
});

it('the same key again takes nobody out', ({ expect }) => {
  const cache = new BoundedMap<string, object>(2);
  for (const key of ['a', 'b', 'b']) cache.set(key, value);
  expect(cache.get('a')).toBe(value);
});
