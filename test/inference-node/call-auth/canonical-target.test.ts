// A target has one spelling.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCanonicalTarget } from '../../../inference-node/call-auth/canonical-target.ts';

test.each(
  [
    '/',
    '/v1/models',
    '/v1/models/a/b@1:q4',
    '/v1/models/a%2Fb',
    '/_node/journal?call_id=a&call_id=b',
    '/x?q=%20%2f',
  ].slice(1),
)('%s is canonical', (target) => {
  expect(isCanonicalTarget(target)).toBe(true);
});

test.each([
  '',
  'v1',
  '/',
  '//',
  '/v1//models',
  '/v1/models/',
  '/v1/../models',
  '/v1/./models',
  '/v1/%2e%2e/models',
  '/v1/%2E%2E/models',
  '/v1/mod%65ls',
  '/v1/a%2fb',
  '/v1/%',
  '/v1/%zz',
  '/v1\\models',
  '/v1/mo dels',
  '/v1/models#x',
  '/v1/models?a=%',
  '/v1/models?a=#',
  'http://h/v1/models',
])('%s is not', (target) => {
  expect(isCanonicalTarget(target)).toBe(false);
});

test('what is canonical is what a URL parser would leave as it is', () => {
  const target = fc
    .array(fc.constantFrom('a', '.', '..', '%2F', '%2e', '%41', '', '~', ';x', '?', '\\', '#'), { minLength: 1 })
    .map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(target, (text) => {
      if (!isCanonicalTarget(text)) return;
      const url = new URL(text, 'http://h');
      expect(url.pathname + url.search).toBe(text);
    }),
  );
});
