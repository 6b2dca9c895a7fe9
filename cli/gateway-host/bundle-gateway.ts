// The gateway's two entries on one's own machine, as modules for workerd.
import { join } from 'node:path';
import { PROJECT_FILES } from '../config/project-files.ts';
import { bundleWorkers } from './bundle-worker.ts';

const ENTRIES = join(PROJECT_FILES.root, 'worker/src/self-hosted');

/** ES module sources. */
export type GatewayScripts = {
  /** Of the process that has the state. */
  state: string;
  /** Of those that answer calls. */
  calls: string;
};

export function bundleGateway(): Promise<GatewayScripts> {
  return bundleWorkers({ state: join(ENTRIES, 'state-entry.ts'), calls: join(ENTRIES, 'call-entry.ts') });
}
