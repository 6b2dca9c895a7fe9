// How far the nodes' clocks are from the gateway's, by the date of an open answer. A link passes no such answer, and none is told;
// another maker's server looks at no times of ours.
import { checkClock, type Check } from '../../../protocol/admin/check.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter } from '../nodes/end-after.ts';
import { fetchFromNode } from '../nodes/node-fetch.ts';
import type { NodeTarget } from '../nodes/node-target.ts';
import { nodeTargets } from '../nodes/node-targets.ts';

const LIMIT_MS = 3_000;

export async function checkNodeClocks(call: GatewayCall): Promise<Check[]> {
  const targets = await nodeTargets(call);
  return (await Promise.all(targets.map((target) => checkNodeClock(call, target)))).flat();
}

async function checkNodeClock(call: GatewayCall, target: NodeTarget): Promise<Check[]> {
  if (target.kind !== 'origin') return [];
  const ender = new AbortController();
  try {
    const question = { method: 'GET', path: '/health/live', headers: {}, ender } as const;
    const response = await endAfter(ender, LIMIT_MS, fetchFromNode(call, target, question));
    await response.body?.cancel();
    const date = Date.parse(response.headers.get('date') ?? '');
    const offSeconds = (date - Date.now()) / 1000;
    return Number.isNaN(date) ? [] : [checkClock('node clock', offSeconds, `the clock of ${target.nodeId}`)];
  } catch (error) {
    // That it does not answer is told by another check.
    if (error instanceof ApiError) return [];
    throw error;
  }
}
