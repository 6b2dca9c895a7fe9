// The Worker's entry: the gateway's app, built once per isolate, and the classes of its objects.
import { ApiError } from '../../protocol/errors/api-error.ts';
import { createApp, type GatewayApp } from './app.ts';
import { gatewayConfig } from './config/gateway-config.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { renderError } from './middleware/error-handler.ts';

export { Account } from './accounts/account.ts';
export { NodeDirectory } from './nodes/node-directory.ts';
export { NodeLink } from './nodes/node-link.ts';
export { Registry } from './registry/registry.ts';

/** By the environment that the settings came from: a value, shared by the isolate's requests. */
const apps = new WeakMap<GatewayEnv, GatewayApp>();

export default {
  fetch(request, env, context) {
    const app = apps.get(env) ?? buildApp(env);
    return app === null ? renderError(new ApiError('internal_error'), request.url) : app.fetch(request, env, context);
  },
} satisfies ExportedHandler<GatewayEnv>;

/** Null when the gateway is misconfigured: then it answers nothing, and its log says which variable is wrong. */
function buildApp(env: GatewayEnv): GatewayApp | null {
  try {
    const app = createApp(gatewayConfig(env));
    apps.set(env, app);
    return app;
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'The gateway is misconfigured.');
    return null;
  }
}
