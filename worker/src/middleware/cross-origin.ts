// Calls from web pages of the origins that the operator named. A preflight is answered before a key is asked for: browsers
// send none with it. Credentials in the sense of CORS (cookies) do not exist here.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { HEADER } from '../../../protocol/headers.ts';
import type { GatewayHonoEnv } from './gateway-context.ts';

/** How long a browser may remember a preflight, in seconds: what Chromium allows at most. */
const MAX_AGE_SECONDS = 7_200;
const EXPOSED_HEADERS = [
  HEADER.requestId,
  HEADER.clientRequestId,
  HEADER.callId,
  HEADER.rotateBy,
  HEADER.shouldRetry,
  'retry-after',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
];

/** Allows the origins; `*` among them allows any. */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler<GatewayHonoEnv> {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_SECONDS,
  });
}
