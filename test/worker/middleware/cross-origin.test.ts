// Browsers: nothing unless the operator named an origin; then preflights are answered without a key.
import { describe, expect, it } from 'vitest';
import { testGateway } from '../test-gateway.ts';

const ORIGIN = 'https://app.example';
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: {
    origin: ORIGIN,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  },
};

describe('happy', () => {
  const gateway = testGateway({ ALLOWED_ORIGINS: `${ORIGIN}, https://other.example` });

  it('answers the preflight of a named origin before a key is asked for', async () => {
    const response = await gateway.send('/v1/chat/completions', PREFLIGHT);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('lets a page read errors, ids and limits', async () => {
    const response = await gateway.send('/v1/models', { headers: { origin: ORIGIN } });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('vary')).toContain('Origin');
    const exposed = response.headers.get('access-control-expose-headers') ?? '';
    for (const name of ['x-request-id', 'retry-after', 'x-ratelimit-remaining-tokens']) expect(exposed).toContain(name);
  });

  it('allows any origin with *', async () => {
    const response = await testGateway({ ALLOWED_ORIGINS: '*' }).send('/v1/chat/completions', PREFLIGHT);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('security', () => {
  it('names no origin by default', async () => {
    const response = await testGateway().send('/health', { headers: { origin: ORIGIN } });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toStrictEqual([]);
  });

  it.each(['https://evil.example', 'http://app.example', 'https://app.example.evil.example', 'null'])(
    'does not allow %s',
    async (origin) => {
      const gateway = testGateway({ ALLOWED_ORIGINS: ORIGIN });
      const response = await gateway.send('/v1/models', { headers: { origin } });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('never allows credentials', async () => {
    const response = await testGateway({ ALLOWED_ORIGINS: '*' }).send('/health', { headers: { origin: ORIGIN } });
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
