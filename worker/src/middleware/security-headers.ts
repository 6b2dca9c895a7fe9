// Headers that every answer carries: nothing of this API is to be cached, sniffed or framed.
import type { MiddlewareHandler } from 'hono';
import type { GatewayHonoEnv } from './gateway-context.ts';

const HEADERS = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
] as const;
/** For everything that is not a page: should a browser ever render it, nothing in it runs. A page brings its own. */
const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Adds the headers to whatever was answered, errors included. */
export function securityHeaders(): MiddlewareHandler<GatewayHonoEnv> {
  return async function addSecurityHeaders(context, next) {
    await next();
    const { headers } = context.res;
    for (const [name, value] of HEADERS) headers.set(name, value);
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', NO_CONTENT_POLICY);
  };
}
