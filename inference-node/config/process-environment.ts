// The one place that reads the process's environment.
import type { NodeEnvironment } from './node-config.ts';

/** The environment variables of this process. */
export function processEnvironment(): NodeEnvironment {
  return process.env;
}
