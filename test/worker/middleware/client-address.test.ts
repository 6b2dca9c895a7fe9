import { describe, it } from 'vitest';
import { clientAddress } from '../../../worker/src/middleware/client-address.ts';

const forged = new Headers({ 'cf-connecting-ip': '6.6.6.6', 'x-forwarded-for': '6.6.6.6, 203.0.113.7' });

describe("the client's address", () => {
  it('is nobody’s word when nobody is trusted', ({ expect }) => {
    expect(clientAddress(forged, 'none')).toBeNull();
  });

  it('behind a proxy is what that proxy appended, never what the caller wrote before it', ({ expect }) => {
    expect(clientAddress(forged, 'proxy')).toBe('203.0.113.7');
    expect(clientAddress(new Headers({ 'cf-connecting-ip': '6.6.6.6' }), 'proxy')).toBeNull();
  });

  it('at the edge is what Cloudflare says', ({ expect }) => {
    expect(clientAddress(forged, 'cloudflare')).toBe('6.6.6.6');
    expect(clientAddress(new Headers({ 'x-forwarded-for': '203.0.113.7' }), 'cloudflare')).toBeNull();
  });

  it.for([
    ...['', 'unknown', '"x', 'a'.repeat(500), 'evil"}'],
    ...[
      '80',
      'abc',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.4:',
      '1.2.3.4:x',
      '[1.2.3.4]',
      '[::1',
      '::1]',
      '[::1]x',
      ':',
      'ab:80',
    ],
  ])('is none when %j stands there', (text, { expect }) => {
    expect(clientAddress(new Headers({ 'x-forwarded-for': text }), 'proxy')).toBeNull();
  });

  it.for([
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
    ['192.0.2.1:54321', '192.0.2.1'],
  ] as const)('is read from %s as %s', ([written, address], { expect }) => {
    expect(clientAddress(new Headers({ 'x-forwarded-for': `6.6.6.6, ${written}` }), 'proxy')).toBe(address);
  });
});
