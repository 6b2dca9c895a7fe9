// How far the node's clock is from the gateway's, by the date of an open answer. A link passes no such answer, and none is told.
import { checkClock, type Check } from '../../../protocol/admin/check.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { endAfter } from '../nodes/end-after.ts';
import { fetchFromNode } from '../nodes/node-fetch.ts';

const LIMIT_MS = 3_000;

export async function checkNodeClock(call: GatewayCall): Promise<Check[]> {
  if (call.config.nodeOrigin === null) return [];
  const ender = new AbortController();
  try {
    const question = { method: 'GET', path: '/health/live', headers: {}, ender } as const;
    const response = await endAfter(ender, LIMIT_MS, fetchFromNode(call, question));
    await response.body?.cancel();
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? [] : [checkClock('node clock', (date - Date.now()) / 1000, "the node's clock")];
  } catch (error) {
    // That it does not answer is told by another check.
    if (error instanceof ApiError) return [];
    throw error;
  }
}
