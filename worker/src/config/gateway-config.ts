// The gateway's settings, parsed from the variables once per isolate. A missing or malformed variable throws: a gateway that is
// misconfigured answers nothing.
import type { GatewayEnv } from '../gateway-env.ts';
import { gatewayConfigSchema, type GatewayConfig } from './gateway-config-schema.ts';

/** By the environment that they came from; a value, so that the isolate may share it between requests. */
const parsed = new WeakMap<GatewayEnv, GatewayConfig>();

/** The settings of this isolate. Throws an Error that names each wrong variable and never its value. */
export function gatewayConfig(env: GatewayEnv): GatewayConfig {
  let config = parsed.get(env);
  if (config === undefined) {
    config = parseGatewayConfig(env);
    parsed.set(env, config);
  }
  return config;
}

function parseGatewayConfig(env: GatewayEnv): GatewayConfig {
  const result = gatewayConfigSchema.safeParse(env);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Error(`The gateway is misconfigured. ${problems}. See docs/configuration.md.`);
}
