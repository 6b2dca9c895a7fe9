// One spelling per path: what a router, a proxy or a log might read differently is refused before anything is decided by it.
import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayHonoEnv } from './gateway-context.ts';
import { rawPath } from './printable-path.ts';

/** Segments of plain characters, none of them empty or ending in a dot; the root alone is fine too. */
const CANONICAL = /^\/$|^(?:\/[A-Za-z0-9._~:@-]*[A-Za-z0-9_~:@-])+$/;
/** Model ids hold slashes and colons, and OpenAI's clients escape them: these two escapes, in that one place. */
const MODEL_PATH = /^\/v1\/models\/(?![./])(?:[A-Za-z0-9._~:@-]|\/(?![./])|%2F|%3A|%40)*[A-Za-z0-9_~:@-]$/;
/** No path of ours is longer; a model id has at most 128 characters, each at most three escaped. */
const MAX_PATH_LENGTH = 512;

/** Answers `unknown_url` to any other spelling. */
export function canonicalPath(): MiddlewareHandler<GatewayHonoEnv> {
  return async function refuseOtherSpellings(context, next) {
    if (!isCanonicalPath(rawPath(context.req.url))) {
      throw new ApiError('unknown_url', { reason: 'the path is not in its canonical form' });
    }
    await next();
  };
}

/** True for a path in its one spelling, as sent. */
export function isCanonicalPath(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH) return false;
  return CANONICAL.test(path) || MODEL_PATH.test(path);
}
