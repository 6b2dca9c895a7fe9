// Hands the isolate's settings to every request.
import type { MiddlewareHandler } from 'hono';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayHonoEnv } from './gateway-context.ts';

/** Sets `config`. */
export function shareConfig(config: GatewayConfig): MiddlewareHandler<GatewayHonoEnv> {
  return function setConfig(context, next) {
    context.set('config', config);
    return next();
  };
}
