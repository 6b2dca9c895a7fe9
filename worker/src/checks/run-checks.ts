// Tries the parts that a gateway stands on, all at once: each says what it found, none stops the others.
import type { Check } from '../../../protocol/admin/check.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { writeBug } from '../middleware/write-bug.ts';
import { checkFreePlan } from './check-free-plan.ts';
import { checkKv } from './check-kv.ts';
import { checkNodeClocks } from './check-node-clocks.ts';
import { checkNodes } from './check-nodes.ts';
import { checkObjects } from './check-objects.ts';

const CHECKS = {
  kv: checkKv,
  objects: checkObjects,
  node: checkNodes,
  'node clock': checkNodeClocks,
  'free plan': checkFreePlan,
} as const;

/** Never rejects. */
export async function runChecks(call: GatewayCall): Promise<Check[]> {
  const found = await Promise.all(
    Object.entries(CHECKS).map(async ([name, check]): Promise<readonly Check[]> => {
      try {
        return await check(call);
      } catch (error) {
        writeBug(call.requestId, error);
        const detail = 'it could not be tried';
        return [{ name, outcome: 'failed', detail, remedy: `See the gateway's log for ${call.requestId}.` }];
      }
    }),
  );
  return found.flat();
}
