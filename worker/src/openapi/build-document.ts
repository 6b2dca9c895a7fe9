// The API's description (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.1), made from the definitions that answer: what is not
// a route is not in it, and what a schema says is what is validated.
import * as z from 'zod';
import { errorBodySchema } from '../../../protocol/errors/error-body.ts';
import { errorRule } from '../../../protocol/errors/error-codes.ts';
import { HEADER } from '../../../protocol/headers.ts';
import { predictErrorSchema } from '../../../protocol/inference/predict.ts';
import { PREDICT_PATH } from '../middleware/error-handler.ts';
import type { AnyRoute, RouteAccess, RouteResponse } from '../routes/define-route.ts';
import { errorsOfRoute } from './errors-of-route.ts';
import { SchemaComponents, type JsonSchema } from './schema-components.ts';

/** The product's version, as in package.json; a test compares them. */
export const API_VERSION = '0.1.0';

const INTRODUCTION =
  'API keys for the model on your own machine. The OpenAI API, and the plain `POST /predict`. Errors have one shape and a ' +
  'stable `code`; answers that a retry may mend carry `Retry-After`.';

const SECURITY: Readonly<Record<RouteAccess, readonly Record<string, readonly string[]>[]>> = {
  public: [],
  'api-key': [{ apiKey: [] }, { apiKeyHeader: [] }],
  admin: [{ adminToken: [] }],
  node: [{ nodeToken: [] }],
};

const SECURITY_SCHEMES = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `hk_…`.' },
  apiKeyHeader: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key, by another header.' },
  adminToken: { type: 'http', scheme: 'bearer', description: 'The admin token, `hka_…`.' },
  nodeToken: { type: 'http', scheme: 'bearer', description: 'A node token, `hkn_…`.' },
} as const;

export type OpenApiOperation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: (typeof SECURITY)[RouteAccess];
  parameters?: OpenApiParameter[];
  requestBody?: { required: boolean; content: Record<string, OpenApiMedia> };
  responses: Record<string, OpenApiResponse>;
};
export type OpenApiParameter = {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  description?: string;
  schema: JsonSchema;
};
export type OpenApiMedia = { schema: JsonSchema; example?: unknown };
export type OpenApiResponse = {
  description: string;
  headers?: Record<string, { $ref: string }>;
  content?: Record<string, OpenApiMedia>;
};
export type OpenApiDocument = {
  openapi: '3.1.1';
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: typeof SECURITY_SCHEMES;
    headers: Record<string, { description: string; schema: JsonSchema }>;
  };
};

/** Builds the document. Deterministic: the same routes give the same text. */
export function buildOpenApiDocument(routes: readonly AnyRoute[]): OpenApiDocument {
  const components = new SchemaComponents();
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route, components) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hearthkey',
      version: API_VERSION,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.all(),
      securitySchemes: SECURITY_SCHEMES,
      headers: {
        RequestId: {
          description: 'The id of the request, to be quoted when it is reported.',
          schema: { type: 'string' },
        },
        RetryAfter: { description: 'Seconds until a retry makes sense.', schema: { type: 'integer' } },
      },
    },
  };
}

/** `/v1/models/:id{.+}` as `/v1/models/{id}`. */
export function openApiPath(path: string): string {
  return path.replace(/:([A-Za-z]+)(?:\{[^}]*\})?/g, '{$1}');
}

function describeOperation(route: AnyRoute, components: SchemaComponents): OpenApiOperation {
  const { request = {}, example } = route;
  const parameters = [
    ...describeParameters(request.params, 'path', components),
    ...describeParameters(request.query, 'query', components),
  ];
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: SECURITY[route.access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request.body === undefined
      ? {}
      : {
          requestBody: {
            required: request.mayLackBody !== true,
            content: { 'application/json': describeMedia(components.describe(request.body, 'input'), example?.body) },
          },
        }),
    responses: { ...describeErrors(route, components), ...describeSuccesses(route, components) },
  };
}

function operationId({ method, path }: AnyRoute): string {
  const words = openApiPath(path)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return [method.toLowerCase(), ...words].join('_');
}

function describeMedia(schema: JsonSchema, example: unknown): OpenApiMedia {
  return example === undefined ? { schema } : { schema, example };
}

function describeParameters(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  components: SchemaComponents,
): OpenApiParameter[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = components.describe(field as z.ZodType, 'input');
    const required = place === 'path' || !z.safeParse(field, undefined).success;
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

const REQUEST_ID_HEADER = { [HEADER.requestId]: { $ref: '#/components/headers/RequestId' } };
const RETRY_HEADERS = { ...REQUEST_ID_HEADER, 'retry-after': { $ref: '#/components/headers/RetryAfter' } };

function describeSuccesses(route: AnyRoute, components: SchemaComponents): Record<string, OpenApiResponse> {
  const responses: Record<string, OpenApiResponse> = {};
  for (const [status, response] of Object.entries(route.responses)) {
    const variants: readonly RouteResponse[] = 'description' in response ? [response] : response;
    const content: Record<string, OpenApiMedia> = {};
    for (const { schema, contentType = 'application/json' } of variants) {
      if (schema === undefined) continue;
      const example = contentType === 'application/json' ? route.example?.response : undefined;
      content[contentType] = describeMedia(components.describe(schema, 'output'), example);
    }
    responses[status] = {
      description: variants.map(({ description }) => description).join(' '),
      headers: REQUEST_ID_HEADER,
      ...(Object.keys(content).length === 0 ? {} : { content }),
    };
  }
  return responses;
}

function describeErrors(route: AnyRoute, components: SchemaComponents): Record<string, OpenApiResponse> {
  const schema = components.describe(route.path === PREDICT_PATH ? predictErrorSchema : errorBodySchema, 'output');
  const responses: Record<string, OpenApiResponse> = {};
  for (const code of errorsOfRoute(route)) {
    const { status, retryable } = errorRule(code);
    const known = responses[status];
    responses[status] = {
      description: known === undefined ? `\`${code}\`` : `${known.description}, \`${code}\``,
      headers: retryable || known?.headers === RETRY_HEADERS ? RETRY_HEADERS : REQUEST_ID_HEADER,
      content: { 'application/json': { schema } },
    };
  }
  return responses;
}
