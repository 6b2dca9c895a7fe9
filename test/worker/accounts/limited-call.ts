// Calls with a limited key, straight to its Account and settled there: what a gateway does, step by step.
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type { LimitName } from '../../../protocol/admin/limits.ts';
import type {
  AdmitRequest,
  AdmittedCall,
  CallEnd,
  Lease,
  Settlement,
  SettlementBatch,
} from '../../../protocol/objects/account-admission.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';
import { mintCallId } from '../../../protocol/request-id.ts';
import { accountOf } from './open-account.ts';

export const MODEL = 'tiny-llama';
export const NODE = 'home';

export const NOTHING_ELSE: SettlementBatch = { settlements: [], records: [], returns: [], forgotten: [] };

/** An inference call of some tokens: `promptTokens` as estimated, and `maxTokens`. */
export function inferenceCall(
  key: { keyId: string; secretDigest: string },
  fields: Partial<AdmitRequest> = {},
): AdmitRequest {
  return {
    callId: mintCallId(),
    keyId: key.keyId,
    secretDigest: key.secretDigest,
    address: '192.0.2.1',
    scope: 'chat',
    model: MODEL,
    nodeId: NODE,
    attempt: 1,
    promptTokens: 10,
    maxTokens: 10,
    maxTokensNamed: false,
    ...fields,
  };
}

export function leaseOf(request: AdmitRequest, { chargedAt, maxTokens }: AdmittedCall): Lease {
  const { callId, keyId, secretDigest, address, attempt, promptTokens } = request;
  const named = { callId, keyId, secretDigest, address, attempt, promptTokens };
  return {
    ...named,
    scope: 'chat',
    model: request.model ?? MODEL,
    nodeId: request.nodeId ?? NODE,
    chargedAt,
    maxTokens,
  };
}

export function settlementOf(request: AdmitRequest, admitted: AdmittedCall, end: CallEnd): Settlement {
  const { callId, keyId, model, nodeId, attempt, chargedAt, promptTokens, maxTokens } = leaseOf(request, admitted);
  return { callId, keyId, model, nodeId, attempt, chargedAt, promptTokens, maxTokens, end };
}

/** What the node counted. */
export function counted(promptTokens: number, completionTokens: number, error: string | null = null): CallEnd {
  return { kind: 'counted', promptTokens, cachedTokens: 0, completionTokens, firstTokenMs: 5, error };
}

/** What the node's journal has of a call. */
export function recordOf({ callId, keyId, attempt, model }: AdmitRequest, more: Partial<JournalRecord>): JournalRecord {
  return {
    callId,
    attempt,
    account: accountOfKeyId(keyId),
    keyId,
    model: model ?? MODEL,
    promptTokens: 7,
    cachedTokens: 3,
    completionTokens: 5,
    outcome: 'stop',
    queueMs: 1,
    firstTokenMs: 2,
    durationMs: 3,
    endedAt: Date.now(),
    ...more,
  };
}

/** A call that its account has admitted, without a permit beside it: there was none, or it is given back. */
export async function admitOne(
  key: { keyId: string; secretDigest: string },
  fields: Partial<AdmitRequest> = {},
): Promise<{ request: AdmitRequest; admitted: AdmittedCall }> {
  const request = inferenceCall(key, fields);
  const account = accountOf(key.keyId);
  const admitted = await account.admit(request);
  if (!admitted.admitted) throw new Error(`refused: ${admitted.reason}`);
  const { permit, chargedAt } = admitted;
  if (permit !== null) {
    const { id: permitId, requests, tokens } = permit;
    const model = request.model ?? MODEL;
    const back = { permitId, keyId: key.keyId, model, chargedAt, requests, tokens: tokens ?? 0 };
    await account.settle({ ...NOTHING_ELSE, returns: [back] });
  }
  return { request, admitted };
}

/** Tells the account of calls' ends. */
export async function settleCalls(keyId: string, ...settlements: Settlement[]): Promise<void> {
  await accountOf(keyId).settle({ ...NOTHING_ELSE, settlements });
}

/** Tells the account what a sweep has found in the node's journal. */
export async function tellRecord(keyId: string, record: JournalRecord): Promise<void> {
  await accountOf(keyId).settle({ ...NOTHING_ELSE, records: [record] });
}

/** What is left of each limit of a key, by its name. */
export async function remainingOf(keyId: string): Promise<Partial<Record<LimitName, number>>> {
  const states = await accountOf(keyId).readLimits(keyId);
  return Object.fromEntries(states.map(({ name, remaining }) => [name, remaining]));
}

/** All that an account's usage says of a key. */
export async function usageOf(keyId: string) {
  const { sums } = await accountOf(keyId).readUsage(0, 2 ** 40);
  const own = sums.filter((sum) => sum.keyId === keyId);
  const total = (field: 'calls' | 'promptTokens' | 'completionTokens' | 'estimatedCalls'): number =>
    own.reduce((sum, row) => sum + row[field], 0);
  const errors: Record<string, number> = {};
  for (const row of own)
    for (const [code, count] of Object.entries(row.errors)) errors[code] = (errors[code] ?? 0) + count;
  return {
    calls: total('calls'),
    promptTokens: total('promptTokens'),
    completionTokens: total('completionTokens'),
    estimatedCalls: total('estimatedCalls'),
    errors,
  };
}
