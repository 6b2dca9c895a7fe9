// The one form of a route: data that says method, path, who may call it, what goes in and what comes out. Validation, access
// and the API's description all come from it. A route without an access rule is a type error, and throws where a type was
// cast away.
import type * as z from 'zod';
import type { AdminIdentity } from '../../../protocol/objects/registry-administration.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';
import type { ApiKeyIdentity } from '../middleware/require-api-key.ts';
import type { NodeIdentity } from '../middleware/require-node.ts';

export const ROUTE_ACCESS = ['public', 'api-key', 'admin', 'node'] as const;
export type RouteAccess = (typeof ROUTE_ACCESS)[number];
export type RouteMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export type RouteRequest = {
  /** A JSON body. Absent: a body is not read. */
  body?: z.ZodType;
  /** A request without a body is taken for one with `{}`. */
  mayLackBody?: true;
  /** An object of the query's texts; a name given twice is refused. */
  query?: z.ZodType;
  /** An object of the path's `:name` parts. */
  params?: z.ZodType;
};

export type RouteResponse = {
  description: string;
  /** Absent: no body. */
  schema?: z.ZodType;
  /** Default `application/json`. */
  contentType?: string;
};

type Parsed<Request, Part extends 'body' | 'query' | 'params'> =
  Request extends Record<Part, infer Schema extends z.ZodType> ? z.output<Schema> : undefined;

/** Who calls: the key's identity on `api-key` routes, that of the token on `admin` and `node` routes. */
export type RouteCaller<Access extends RouteAccess> = {
  public: undefined;
  'api-key': ApiKeyIdentity;
  admin: AdminIdentity;
  node: NodeIdentity;
}[Access];

/** What a handler is given, already validated. */
export type RouteInput<Access extends RouteAccess, Request extends RouteRequest> = {
  body: Parsed<Request, 'body'>;
  query: Parsed<Request, 'query'>;
  params: Parsed<Request, 'params'>;
  caller: RouteCaller<Access>;
};

export type RouteDefinition<Access extends RouteAccess = RouteAccess, Request extends RouteRequest = RouteRequest> = {
  method: RouteMethod;
  /** Hono's form: `/admin/keys/:id`. */
  path: `/${string}`;
  /** `api-key`: an identified key, still to be admitted by the handler; `admin`: an admin token, for GET of any role; `node`: a node token. */
  access: Access;
  /** One line for the reference page. */
  summary: string;
  /** A few sentences for the reference page. */
  description?: string;
  /** The heading under which the reference page shows it. */
  tag: 'Inference' | 'Models' | 'Users' | 'Keys' | 'Admin tokens' | 'Nodes' | 'Usage' | 'Audit' | 'Backup' | 'Gateway';
  request?: Request;
  /** Values for the reference page and the API's description; a test parses them by the schemas. */
  example?: { body?: unknown; response?: unknown };
  /** By status. Errors need no entry: their one shape is added from the table. */
  responses: Readonly<Record<number, RouteResponse | readonly RouteResponse[]>>;
  /** Answers, or throws an `ApiError`. */
  handler: (context: GatewayContext, input: RouteInput<Access, Request>) => Response | Promise<Response>;
};

/** A definition whose types have done their work: what lists of routes hold. Only register-routes.ts calls its handler. */
export type AnyRoute = Omit<RouteDefinition, 'handler'> & {
  handler: (context: GatewayContext, input: never) => Response | Promise<Response>;
};

/** Checks a definition and infers its handler's input from its schemas. Throws a TypeError without an access rule. */
export function defineRoute<const Access extends RouteAccess, const Request extends RouteRequest = { body?: never }>(
  definition: RouteDefinition<Access, Request>,
): RouteDefinition<Access, Request> {
  if (!ROUTE_ACCESS.includes(definition.access)) {
    throw new TypeError(
      `${definition.method} ${definition.path} has no access rule: give it ${ROUTE_ACCESS.join(', ')}.`,
    );
  }
  return definition;
}
