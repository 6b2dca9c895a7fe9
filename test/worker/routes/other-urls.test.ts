// Everything that is not a route: refused in the right shape, whatever its spelling, and without a key.
import { describe, expect, it } from 'vitest';
import { isCanonicalPath } from '../../../worker/src/middleware/canonical-path.ts';
import { rawPath } from '../../../worker/src/middleware/printable-path.ts';
import { testGateway } from '../test-gateway.ts';

const gateway = testGateway();

describe('error', () => {
  it.each(['/', '/v1', '/v1/', '/admin', '/v1/chat', '/v1/nonsense', '/favicon.ico', '/V1/models', '/predict/'])(
    'answers 404 unknown_url to %s',
    async (path) => {
      const response = await gateway.send(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'unknown_url', type: 'invalid_request_error' } });
    },
  );

  it('answers 405 with Allow to another method of a known URL', async () => {
    const response = await gateway.send('/v1/chat/completions', { method: 'GET' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toMatchObject({ error: { code: 'method_not_allowed' } });
    const models = await gateway.send('/v1/models', { method: 'DELETE' });
    expect(models.headers.get('allow')).toBe('GET, HEAD');
  });

  it('answers HEAD as GET without a body', async () => {
    const head = await gateway.send('/health', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    expect((await gateway.send('/v1/models', { method: 'HEAD' })).status).toBe(401);
    expect((await gateway.send('/predict', { method: 'HEAD' })).status).toBe(405);
  });

  it('answers OPTIONS as any other method where CORS is off', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const response = await gateway.send('/v1/chat/completions', { method: 'OPTIONS', headers });
    expect(response.status).toBe(405);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('security', () => {
  it.each([
    '//v1/models',
    '/v1//models',
    '/v1/./models',
    '/v1/../admin/users',
    '/v1/models/..',
    '/v1/models/../../admin/users',
    '/v1/models/a//b',
    '/%61dmin/users',
    '/v1%2Fmodels',
    '/v1/chat%2Fcompletions',
    '/v1/models/%2e%2e',
    '/v1/models/a%00',
    '/admin/users.',
    '/admin./users',
    '/predict/',
    '/pre\\dict',
    '/predict;x=1',
    `/${'a'.repeat(600)}`,
  ])('refuses %s as not canonical', (path) => {
    expect(isCanonicalPath(path)).toBe(false);
  });

  it.each([
    '/',
    '/predict',
    '/v1/chat/completions',
    '/openapi.json',
    '/admin/keys/AAAAAAAAAAAAAAAA',
    '/v1/models/a.b/c%2Fd%3Ae',
  ])('takes %s', (path) => {
    expect(isCanonicalPath(path)).toBe(true);
  });

  it('reads the path as it was sent', () => {
    expect(rawPath('http://h/v1/../admin?x#y')).toBe('/v1/../admin');
    expect(rawPath('http://h?x')).toBe('/');
    expect(rawPath('http://h')).toBe('/');
  });

  it('answers 404 to another spelling of a route', async () => {
    for (const path of ['/%70redict', '//predict', '/admin/users.']) {
      expect((await gateway.send(path, { method: 'POST' })).status).toBe(404);
    }
  });
});
