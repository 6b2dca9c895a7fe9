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

  it.for(['', 'unknown', '"x', 'a'.repeat(500), 'evil"}'])('is none when %j stands there', (text, { expect }) => {
    expect(clientAddress(new Headers({ 'x-forwarded-for': text }), 'proxy')).toBeNull();
  });

  it('may be IPv6', ({ expect }) => {
    expect(clientAddress(new Headers({ 'x-forwarded-for': '2001:db8::1' }), 'proxy')).toBe('2001:db8::1');
  });
});
