import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { importCheckKeys, mintCredential } from '../../../protocol/credentials/credential-check.ts';
import { randomId } from '../../../protocol/credentials/credential.ts';
import worker from '../../../worker/src/index.ts';
import { callAdmin, readKey } from '../admin-api.ts';
import { ACTOR } from '../accounts/open-account.ts';
import { presentKey } from '../present-key.ts';
import { TEST_KEY_CHECK_SECRET } from '../test-bindings.ts';

async function mintDevKey(secret = TEST_KEY_CHECK_SECRET) {
  return mintCredential('api-key', randomId(), await importCheckKeys(secret));
}

/** A gateway of its own with this development key. */
function gatewayWith(DEV_API_KEY: string): (url: string) => Promise<Response> {
  const bindings = { ...env, DEV_API_KEY };
  return async (url) => {
    const context = createExecutionContext();
    const request = new Request<unknown, IncomingRequestCfProperties>(url);
    const response = await worker.fetch(request, bindings, context);
    await waitOnExecutionContext(context);
    return response;
  };
}

describe('development secrets never serve the public', () => {
  it.for(['http://gateway.example/health', 'https://192.168.1.5/health', 'http://localhost.example/v1/models'])(
    '%s is refused',
    async (url, { expect }) => {
      const { id, text } = await mintDevKey();
      const response = await gatewayWith(text)(url);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ error: { code: 'state_unavailable' } });
      expect((await callAdmin('GET', `/admin/keys/${id}`)).status).toBe(404);
    },
  );
});

describe('on the own machine', () => {
  it('the development key works from the first request on', async ({ expect }) => {
    const { id, text } = await mintDevKey();
    const gateway = gatewayWith(text);
    for (const host of ['localhost:8787', '127.0.0.1', '[::1]:1234']) {
      expect((await gateway(`http://${host}/openapi.json`)).status).toBe(200);
    }
    expect(await presentKey(text)).toMatchObject({ admitted: true });
    expect(await readKey(id)).toMatchObject({ name: 'dev', status: 'active' });
  });

  it('a revoked development key stays revoked', async ({ expect }) => {
    const { id, text } = await mintDevKey();
    // Under another user's name: "dev" is taken by the test before.
    const user = { id: id.slice(0, 8), name: `dev ${id}`, externalId: null, limits: null, metadata: {} };
    await env.REGISTRY.getByName('registry').createUser(user, ACTOR);
    await gatewayWith(text)('http://localhost/health');
    await callAdmin('POST', `/admin/keys/${id}/revoke`);
    await gatewayWith(text)('http://localhost/health');
    expect(await presentKey(text)).toEqual({ admitted: false, reason: 'key_revoked' });
  });

  it('a development key under another check secret is a mistake, answered 500', async ({ expect }) => {
    const { text } = await mintDevKey('another-key-check-secret-of-another-gateway-xyz');
    expect((await gatewayWith(text)('http://localhost/health')).status).toBe(500);
  });
});
