// Whether a stream that ended without a fault was whole. Its bytes pass natively, so that nobody sees whether `[DONE]` was among them; and
// something between may end well what broke off (a proxy that speaks HTTP/1.0 marks no end at all). The node knows: how a call ended is in
// its journal before the last byte is written. The price: the client's stream is closed one question later than the node's.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { JournalAnswer } from '../nodes/node-journal.ts';
import { nodeTarget } from '../nodes/node-targets.ts';
import type { HeldCall } from './held-call.ts';
import { readEnd } from './settle-call.ts';

/** `journal`: what the node's says, for the settlement; null: it keeps none. */
export type ConfirmedEnd = { cut: ApiError | null; journal: JournalAnswer | null };

/** A node that cannot be asked has not ended its answer either: before it stops it waits for the question. Never throws. */
export async function confirmEnd(gateway: GatewayCall, held: HeldCall): Promise<ConfirmedEnd> {
  const target = await nodeTarget(gateway, held.lease.nodeId);
  // A link's end of a body is said, not guessed; what another maker's server sends is read on its way, and fails if its end was none.
  if (target?.kind !== 'origin') return { cut: null, journal: null };
  const journal = await readEnd(gateway, held, null);
  if (typeof journal !== 'string' && journal.outcome !== 'cancelled') return { cut: null, journal };
  const says = typeof journal === 'string' ? journal : journal.outcome;
  return {
    cut: new ApiError('generation_failed', { reason: `the stream ended, its node's journal says: ${says}` }),
    journal,
  };
}
