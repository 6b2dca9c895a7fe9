// How a call's end is told to its account: by the node's own counts, from the headers of a whole answer or from its journal; by an
// assumption where the node does not tell; as if it had never been where no engine was reached.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { NODE_HEADER } from '../../../protocol/headers.ts';
import type { CallEnd } from '../../../protocol/objects/account-admission.ts';
import { queueSettlement } from '../accounts/settlement-queue.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { readJournalRecord } from '../nodes/node-journal.ts';
import type { HeldCall } from './held-call.ts';

/** A node that answers with one of these has given the call to no engine; neither has one that could not be reached. */
const UNREACHED: ReadonlySet<ErrorCode> = new Set([
  'context_length_exceeded',
  'engine_restarting',
  'invalid_json',
  'invalid_request',
  'invalid_value',
  'missing_required_parameter',
  'model_not_found',
  'node_draining',
  'node_offline',
  'payload_too_large',
  'queue_full',
  'unknown_parameter',
  'unsupported_parameter',
]);

/** Settles by the counts that a whole answer's headers carry; by the journal where some are missing. */
export function settleAnswered(gateway: GatewayCall, held: HeldCall, { headers }: Response): void {
  const promptTokens = readCount(headers, NODE_HEADER.promptTokens);
  const cachedTokens = readCount(headers, NODE_HEADER.cachedTokens);
  const completionTokens = readCount(headers, NODE_HEADER.completionTokens);
  if (promptTokens === null || cachedTokens === null || completionTokens === null) {
    gateway.waitUntil(settleByJournal(gateway, held, null));
    return;
  }
  Object.assign(gateway.record, { promptTokens, cachedTokens, completionTokens });
  const firstTokenMs = readTime(headers, NODE_HEADER.firstTokenMs);
  settle(gateway, held, { kind: 'counted', promptTokens, cachedTokens, completionTokens, firstTokenMs, error: null });
}

/** Settles a call that came to nothing, and throws its error on. */
export function settleFailure(gateway: GatewayCall, held: HeldCall, error: unknown): never {
  const code = error instanceof ApiError ? error.code : 'internal_error';
  if (UNREACHED.has(code)) settle(gateway, held, { kind: 'unreached', error: code });
  else gateway.waitUntil(settleByJournal(gateway, held, code));
  throw error;
}

/** Settles a call that has ended by what the node's journal says. `error`: how it failed, as far as the gateway saw. */
export async function settleByJournal(gateway: GatewayCall, held: HeldCall, error: ErrorCode | null): Promise<void> {
  const journal = await readJournalRecord(gateway, held.lease.callId);
  if (typeof journal === 'string') {
    settle(gateway, held, { kind: 'untold', assumed: journal === 'none' ? 'nothing' : 'prompt', error });
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
