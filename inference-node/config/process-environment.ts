// The one place that reads the process's environment.
import type { NodeEnvironment } from './node-config.ts';

const SECRET = 'HEARTHKEY_NODE_TOKEN';

/** The environment variables of this process. The secret is taken out: no child of it needs that. */
export function processEnvironment(): NodeEnvironment {
  const environment = { ...process.env };
  Reflect.deleteProperty(process.env, SECRET);
  return environment;
}
