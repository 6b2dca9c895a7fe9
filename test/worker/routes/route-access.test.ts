// Deny by default: nothing answers but what a definition with an access rule put there.
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { GatewayHonoEnv } from '../../../worker/src/middleware/gateway-context.ts';
import { defineRoute, ROUTE_ACCESS } from '../../../worker/src/routes/define-route.ts';
import { accessOfHandler, registerRoutes } from '../../../worker/src/routes/register-routes.ts';
import { routes } from '../../../worker/src/routes/routes.ts';
import { testGateway } from '../test-gateway.ts';

/** What middleware is registered for. */
const EVERYWHERE = '/*';

const withoutAccess = {
  method: 'GET',
  path: '/x',
  tag: 'Gateway',
  summary: 'x',
  responses: {},
  handler: () => new Response('open'),
} as const;

describe('security', () => {
  it('has an access rule behind every handler that is registered', () => {
    const { app } = testGateway({ ALLOWED_ORIGINS: '*' });
    const handlers = app.routes.filter(({ path }) => path !== EVERYWHERE);
    expect(handlers.length).toBeGreaterThan(routes.length);
    for (const { handler, method, path } of handlers) {
      expect(ROUTE_ACCESS, `${method} ${path}`).toContain(accessOfHandler(handler));
    }
  });

  it('has no handler that answers everything', async () => {
    const { app, send } = testGateway({ ALLOWED_ORIGINS: 'https://app.example' });
    expect(app.routes.filter(({ path }) => path === EVERYWHERE).length).toBeGreaterThan(0);
    expect((await send('/nothing')).status).toBe(404);
  });

  it('notices a handler that was registered past the definitions', () => {
    const { app } = testGateway();
    app.get('/backdoor', () => new Response('open'));
    expect(app.routes.map(({ handler }) => accessOfHandler(handler))).toContain(undefined);
    expect(accessOfHandler(app.routes.at(-1)!.handler)).toBeUndefined();
  });

  it('refuses a definition without an access rule, by type and at run time', () => {
    // @ts-expect-error a route without `access` is a type error
    expect(() => defineRoute(withoutAccess)).toThrow('has no access rule');
    const register = (): void => {
      // @ts-expect-error so is a list that holds one
      registerRoutes(new Hono<GatewayHonoEnv>(), [withoutAccess]);
    };
    expect(register).toThrow('has no access rule');
    // @ts-expect-error and a rule that does not exist
    expect(() => defineRoute({ ...withoutAccess, access: 'everyone' })).toThrow('has no access rule');
  });

  it('asks every route that is not public for a credential', async () => {
    const { send } = testGateway();
    for (const { method, path, access } of routes) {
      const response = await send(path.replace(/:id(\{[^}]*\})?/, 'AAAAAAAAAAAAAAAA'), { method });
      expect(response.status === 401, `${method} ${path}`).toBe(access !== 'public');
    }
  });

  it('opens only health, documentation and public keys to the public', () => {
    const open = routes.filter(({ access }) => access === 'public').map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toStrictEqual(['GET /.well-known/jwks.json', 'GET /docs', 'GET /health', 'GET /openapi.json']);
  });
});
