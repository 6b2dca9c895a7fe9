// From definitions to Hono: each route becomes one handler that asks for access first, then validates, then answers. Every
// other method of a known path is answered 405, everything else 404.
import type { Handler, Hono } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { parseOrThrow } from '../../../protocol/errors/parse-or-throw.ts';
import type { GatewayContext, GatewayHonoEnv } from '../middleware/gateway-context.ts';
import { readJsonBody } from '../middleware/read-json-body.ts';
import { requireAdmin } from '../middleware/require-admin.ts';
import { requireApiKey } from '../middleware/require-api-key.ts';
import { requireNode } from '../middleware/require-node.ts';
import { admitKey } from '../relay/admit-key.ts';
import { callOfContext } from './call-of-context.ts';
import { ROUTE_ACCESS, type AnyRoute, type RouteAccess, type RouteCaller, type RouteRequest } from './define-route.ts';

/** What a registered handler came from: the proof that somebody decided who may call it. */
const accessByHandler = new WeakMap<object, RouteAccess>();

/** Registers the routes, and 405 for the other methods of their paths. Throws for a route without an access rule. */
export function registerRoutes(app: Hono<GatewayHonoEnv>, routes: readonly AnyRoute[]): void {
  for (const route of routes) {
    if (!ROUTE_ACCESS.includes(route.access)) throw new TypeError(`${route.path} has no access rule.`);
    app.on(route.method, route.path, withAccess(route.access, createHandler(route)));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    app.all(path, withAccess('public', refuseMethod(methods)));
  }
}

/** Who may call a handler that Hono lists in `app.routes`; undefined for one that came from no definition. */
export function accessOfHandler(handler: object): RouteAccess | undefined {
  return accessByHandler.get(handler);
}

function withAccess(access: RouteAccess, handler: Handler<GatewayHonoEnv>): Handler<GatewayHonoEnv> {
  accessByHandler.set(handler, access);
  return handler;
}

function createHandler(route: AnyRoute): Handler<GatewayHonoEnv> {
  return async function answerRoute(context) {
    const caller = await askAccess(route.access, context);
    const parts = await readParts(route, context).catch(async (error: unknown) => {
      // Whoever has no valid key learns nothing, not even what is wrong with the body.
      if (isApiKey(caller)) await admitKey(callOfContext(context), caller, 'self');
      throw error;
    });
    // The parts were parsed by this very definition's schemas; only the erased type of the list has forgotten it.
    return route.handler(context, { ...parts, caller } as never);
  };
}

type Caller = RouteCaller<RouteAccess>;

async function askAccess(access: RouteAccess, context: GatewayContext): Promise<Caller> {
  switch (access) {
    case 'public':
      return undefined;
    case 'admin':
      return requireAdmin(context);
    case 'api-key':
      return requireApiKey(context);
    case 'node':
      return requireNode(context);
  }
}

function isApiKey(caller: Caller): caller is RouteCaller<'api-key'> {
  return caller !== undefined && 'keyId' in caller;
}

async function readParts({ request = {} }: AnyRoute, context: GatewayContext) {
  const params = request.params?.safeParse(context.req.param());
  // A path that cannot name anything names nothing.
  if (params?.success === false) throw new ApiError('not_found');
  const query = request.query === undefined ? undefined : parseOrThrow(request.query, readQuery(context));
  const body = request.body === undefined ? undefined : parseOrThrow(request.body, await readBody(request, context));
  return { params: params?.data, query, body };
}

function readBody({ mayLackBody }: RouteRequest, context: GatewayContext): Promise<unknown> {
  const { raw } = context.req;
  const isEmpty = raw.body === null || raw.headers.get('content-length') === '0';
  if (mayLackBody === true && isEmpty) return Promise.resolve({});
  return readJsonBody(raw, context.get('config').maxBodyBytes);
}

function readQuery(context: GatewayContext): Record<string, string> {
  const query: [string, string][] = [];
  for (const [name, values] of Object.entries(context.req.queries())) {
    const [value = ''] = values;
    if (values.length > 1)
      throw new ApiError('invalid_value', {
        message: `'${name.slice(0, 64)}' is given twice.`,
        param: name.slice(0, 64),
      });
    query.push([name, value]);
  }
  return Object.fromEntries(query);
}

function refuseMethod(methods: readonly string[]): Handler<GatewayHonoEnv> {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  return function refuseMethodHere(context) {
    context.header('allow', allowed);
    throw new ApiError('method_not_allowed');
  };
}
