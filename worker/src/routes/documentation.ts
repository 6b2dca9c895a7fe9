// `GET /openapi.json` and `GET /docs`: the API's description, for programs and for people. Made once per isolate.
import * as z from 'zod';
import { buildOpenApiDocument, type OpenApiDocument } from '../openapi/build-document.ts';
import { REFERENCE_STYLE } from '../openapi/reference-style.ts';
import { renderReference } from '../openapi/render-reference.ts';
import type { GatewayContext } from '../middleware/gateway-context.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';

/** The routes that describe all routes, themselves included; hence the function. */
export function documentationRoutes(listRoutes: () => readonly AnyRoute[]): readonly AnyRoute[] {
  let made: OpenApiDocument | null = null;
  const document = (): OpenApiDocument => (made ??= buildOpenApiDocument(listRoutes()));
  return [createOpenApiRoute(document), createReferenceRoute(document)];
}

function createOpenApiRoute(document: () => OpenApiDocument): AnyRoute {
  let text: string | null = null;
  return defineRoute({
    method: 'GET',
    path: '/openapi.json',
    access: 'public',
    tag: 'Gateway',
    summary: "The API's description (OpenAPI 3.1).",
    responses: { 200: { description: 'An OpenAPI document.', schema: z.looseObject({ openapi: z.literal('3.1.1') }) } },
    handler() {
      text ??= JSON.stringify(document());
      return new Response(text, { headers: { 'content-type': 'application/json' } });
    },
  });
}

function createReferenceRoute(document: () => OpenApiDocument): AnyRoute {
  return defineRoute({
    method: 'GET',
    path: '/docs',
    access: 'public',
    tag: 'Gateway',
    summary: 'This page.',
    responses: { 200: { description: 'The reference, to read.', schema: z.string(), contentType: 'text/html' } },
    async handler(context) {
      const page = await renderReference(document(), originOf(context));
      return new Response(page, {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': `default-src 'none'; style-src '${await hashOf(REFERENCE_STYLE)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        },
      });
    },
  });
}

/** As the client reaches it: TLS may have ended at a proxy that we trust. */
function originOf(context: GatewayContext): string {
  const url = new URL(context.req.url);
  const { clientAddressTrust } = context.get('config');
  const isHttps = clientAddressTrust === 'proxy' && context.req.header('x-forwarded-proto') === 'https';
  return isHttps ? `https://${url.host}` : url.origin;
}

/** What allows exactly this inline style, and no other (https://www.w3.org/TR/CSP3/#match-element-to-source-list). */
async function hashOf(style: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
