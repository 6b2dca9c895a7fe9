// The Registry's list of nodes, in less time than an administrator would wait for it.
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { logEvent } from '../objects/log-event.ts';
import { withinTime } from '../objects/within-time.ts';
import { askRegistry } from '../registry/ask-registry.ts';

/** How long a call waits for the list, in milliseconds. */
const BUDGET_MS = 1_000;

/** Null: it could not be read. Never rejects. */
export async function readRecords(env: GatewayEnv): Promise<readonly NodeRecord[] | null> {
  try {
    const reading = askRegistry(env, (registry) => registry.listNodes());
    return await withinTime(reading, BUDGET_MS, 'the Registry');
  } catch (problem) {
    logEvent('node_list_unread', {}, problem);
    return null;
  }
}
