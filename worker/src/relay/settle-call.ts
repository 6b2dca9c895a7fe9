// How a call's end is told to its account: by the node's own counts, from the headers of a whole answer or from its journal, or out of
// the answer of another maker's server; by an assumption where the node does not tell; as if it had never been where no engine was
// reached.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { NODE_HEADER } from '../../../protocol/headers.ts';
import type { CallEnd } from '../../../protocol/objects/account-admission.ts';
import { queueSettlement } from '../accounts/settlement-queue.ts';
import { noteEnd } from '../accounts/untold-ends.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { LATE } from '../nodes/end-after.ts';
import { readJournalRecord, type JournalAnswer } from '../nodes/node-journal.ts';
import { probeNode } from '../nodes/node-sights.ts';
import { nodeTarget } from '../nodes/node-targets.ts';
import { UNREACHED_CODES } from '../nodes/unreached-codes.ts';
import type { HeldCall } from './held-call.ts';

/** With another maker's server these brought no answer, but perhaps cost something: there is no journal that could tell. */
const MAY_HAVE_COST: ReadonlySet<ErrorCode> = new Set([
  'client_closed_request',
  'internal_error',
  'invalid_api_key',
  'node_timeout',
  'state_unavailable',
]);

/** Settles by the counts that a whole answer's headers carry; by the journal where some are missing. */
export function settleAnswered(gateway: GatewayCall, held: HeldCall, { headers }: Response): void {
  const promptTokens = readCount(headers, NODE_HEADER.promptTokens);
  const cachedTokens = readCount(headers, NODE_HEADER.cachedTokens);
  const completionTokens = readCount(headers, NODE_HEADER.completionTokens);
  if (held.counts !== null || promptTokens === null || cachedTokens === null || completionTokens === null) {
    gateway.waitUntil(settleEnded(gateway, held, { error: null }));
    return;
  }
  Object.assign(gateway.record, { promptTokens, cachedTokens, completionTokens });
  const firstTokenMs = readTime(headers, NODE_HEADER.firstTokenMs);
  settle(gateway, held, { kind: 'counted', promptTokens, cachedTokens, completionTokens, firstTokenMs, error: null });
}

/** Settles a call that came to nothing, and throws its error on. */
export function settleFailure(gateway: GatewayCall, held: HeldCall, error: unknown): never {
  const code = codeOf(error, gateway.ender.signal);
  if (UNREACHED_CODES.has(code)) settle(gateway, held, { kind: 'unreached', error: code });
  // A connection that failed may have failed at first or at last: if the node cannot say, nothing counts until it does.
  else {
    const ifUnreachable = code === 'node_offline' ? 'nothing' : 'prompt';
    gateway.waitUntil(settleEnded(gateway, held, { error: code, ifUnreachable }));
  }
  throw error;
}

/** What was aborted fails in many ways: why it was says the ender. */
function codeOf(error: unknown, { aborted, reason }: { aborted: boolean; reason: unknown }): ErrorCode {
  if (error instanceof ApiError) return error.code;
  if (reason instanceof ApiError) return reason.code;
  if (reason === LATE) return 'node_timeout';
  return aborted ? 'client_closed_request' : 'internal_error';
}

/** What the journal of the call's node says of its end. `error`: how it failed, as far as the gateway saw. Never throws. */
export async function readEnd(
  gateway: GatewayCall,
  { lease: { nodeId, callId } }: HeldCall,
  error: ErrorCode | null,
): Promise<JournalAnswer> {
  const target = await nodeTarget(gateway, nodeId);
  if (target === null) return 'unreachable';
  const journal = await readJournalRecord(gateway, target, callId);
  // Its network was cut meanwhile, and what was found then is still believed: the answer's end says otherwise.
  if (journal !== 'unreachable' || error !== null || !(await probeNode(gateway, target))) return journal;
  return readJournalRecord(gateway, target, callId);
}

/** What is known of a call's end. */
export type SeenEnd = {
  /** How it failed, as far as the gateway saw. */
  error: ErrorCode | null;
  /** What the node's journal says, where it was read already. */
  journal?: JournalAnswer | null;
  /** What is assumed until the node can be asked. */
  ifUnreachable?: 'prompt' | 'nothing';
};

/** Settles a call that has ended by what its answer told, else by what the node's journal says. */
export async function settleEnded(
  gateway: GatewayCall,
  held: HeldCall,
  { error, journal: read = null, ifUnreachable = 'prompt' }: SeenEnd,
): Promise<void> {
  noteEnd(gateway, held.accountId, held.lease.callId);
  const told = await held.counts;
  if (told !== null) {
    const { estimated, ...counts } = told;
    const { promptTokens, cachedTokens, completionTokens } = counts;
    Object.assign(gateway.record, { promptTokens, cachedTokens, completionTokens });
    settle(gateway, held, { kind: 'counted', ...counts, ...(estimated ? { estimated } : {}), error });
    return;
  }
  const target = await nodeTarget(gateway, held.lease.nodeId);
  if (target?.kind === 'openai' && error !== null) {
    const mayHaveCost = MAY_HAVE_COST.has(error);
    settle(gateway, held, mayHaveCost ? { kind: 'untold', assumed: 'prompt', error } : { kind: 'unreached', error });
    return;
  }
  const journal = read ?? (await readEnd(gateway, held, error));
  if (typeof journal === 'string') {
    settle(gateway, held, { kind: 'untold', assumed: journal === 'none' ? 'nothing' : ifUnreachable, error });
    return;
  }
  const { promptTokens, cachedTokens, completionTokens, firstTokenMs, outcome } = journal;
  Object.assign(gateway.record, { promptTokens, cachedTokens, completionTokens });
  if (outcome === 'failed' && gateway.record.outcome === 'ok') gateway.record.outcome = 'failed';
  const failure = error ?? (outcome === 'failed' ? 'generation_failed' : null);
  settle(gateway, held, {
    kind: 'counted',
    promptTokens,
    cachedTokens,
    completionTokens,
    firstTokenMs,
    error: failure,
  });
}

function settle(gateway: GatewayCall, { accountId, lease, settle: when }: HeldCall, end: CallEnd): void {
  const { callId, keyId, model, nodeId, attempt, chargedAt, promptTokens, maxTokens } = lease;
  const settlement = { callId, keyId, model, nodeId, attempt, chargedAt, promptTokens, maxTokens, end };
  queueSettlement(gateway, accountId, settlement, when);
}

function readCount(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
}

function readTime(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^[0-9]{1,9}(?:\.[0-9]{1,6})?$/.test(text) ? Number(text) : null;
}
