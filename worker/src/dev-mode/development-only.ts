// The guard of development secrets: everybody has them, so a gateway that runs with them answers its own machine and nobody
// else. It stands before everything that could let a caller in.
import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayHonoEnv } from '../middleware/gateway-context.ts';
import { seedDevKey } from './seed-dev-key.ts';

/** Host names that can mean this machine only, as `URL` writes them. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Refuses requests for any other host with 503, and makes the development key before the first answer. */
export function developmentOnly(devApiKey: string): MiddlewareHandler<GatewayHonoEnv> {
  let seeded = false;
  return async function answerThisMachineOnly(context, next) {
    if (!LOOPBACK_HOSTS.has(new URL(context.req.url).hostname)) {
      throw new ApiError('state_unavailable', {
        message: 'This gateway runs with development secrets and answers its own machine only.',
        reason: 'DEV_API_KEY is set, which only .dev.vars may do: remove it where the gateway serves others',
      });
    }
    if (!seeded) {
      await seedDevKey(devApiKey, context.env, context.get('config'));
      seeded = true;
    }
    await next();
  };
}
