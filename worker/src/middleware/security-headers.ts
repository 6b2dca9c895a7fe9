// Headers that every answer carries: nothing of this API is to be cached, sniffed or framed, where a route does not say otherwise.
import type { MiddlewareHandler } from 'hono';
import type { GatewayHonoEnv } from './gateway-context.ts';

const ALWAYS = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
] as const;
/** What a route may set itself. */
const DEFAULTS = [
  // The public keys alone may be kept.
  ['cache-control', 'no-store'],
  // For everything that is not a page: should a browser ever render it, nothing in it runs.
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
] as const;

/** Adds the headers to whatever was answered, errors included. */
export function securityHeaders(): MiddlewareHandler<GatewayHonoEnv> {
  return async function addSecurityHeaders(context, next) {
    await next();
    const { headers } = context.res;
    for (const [name, value] of ALWAYS) headers.set(name, value);
    for (const [name, value] of DEFAULTS) if (!headers.has(name)) headers.set(name, value);
  };
}
