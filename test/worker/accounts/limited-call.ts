// Calls with a limited key, straight to its Account and settled there: what a gateway does, step by step.
import { env } from 'cloudflare:workers';
import { accountOfKeyId } from '../../../protocol/credentials/credential.ts';
import type {
  AdmitRequest,
  AdmittedCall,
  CallEnd,
  Lease,
  Settlement,
  SettlementBatch,
} from '../../../protocol/objects/account-admission.ts';
import { mintCallId } from '../../../protocol/request-id.ts';

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

/** All that an account's usage says of a key. */
export async function usageOf(keyId: string) {
  const { sums } = await env.ACCOUNT.getByName(accountOfKeyId(keyId)).readUsage(0, 2 ** 40);
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
