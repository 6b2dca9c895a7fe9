// The node's own record of a call: what it truly cost, and how it ended. Read out of band after a stream, so that no
// JavaScript has to look at the stream itself; acknowledged so that the node may forget it.
import { z } from 'zod';
import { journalAckSchema, journalPageSchema, NODE_PATH, type JournalRecord } from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askNode } from './ask-node.ts';

const JOURNAL_TIMEOUT_MS = 5_000;
/** A record is written before a stream's last byte; only after a cut it may come a little later. Milliseconds. */
const PAUSES_MS = [0, 50, 250, 1_000];
/** Acknowledgements of answers that are not streams go together: one call to the node for so many. */
const ACK_BATCH = 64;
/** Acknowledgements kept for a node that is away. What is dropped stays in the node's journal. */
const MAX_PENDING = 4_096;

type Caller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil'>;

/** Call ids that were counted and not yet acknowledged: values, shared by the isolate's requests. */
const pending: string[] = [];

/** The record of a call that has ended, or null when the node does not tell. Never throws. */
export async function readJournalRecord(caller: Caller, callId: string, bootId: string): Promise<JournalRecord | null> {
  const path = `${NODE_PATH.journal}?call_id=${callId}`;
  for (const pause of PAUSES_MS) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const question = { method: 'GET', path, bootId, timeoutMs: JOURNAL_TIMEOUT_MS } as const;
      const { records } = await askNode(caller, question, journalPageSchema);
      const record = records.find((candidate) => candidate.callId === callId);
      if (record !== undefined) return record;
    } catch {
      return null;
    }
  }
  return null;
}

/** Notes that a call was counted; tells the node in batches, or `now`. What cannot be told is told with the next ones. */
export function acknowledgeCall(caller: Caller, callId: string, bootId: string, when: 'batched' | 'now'): void {
  pending.push(callId);
  if (pending.length > MAX_PENDING) pending.shift();
  if (when === 'batched' && pending.length < ACK_BATCH) return;
  caller.waitUntil(tellNode(caller, pending.splice(0, ACK_BATCH), bootId));
}

async function tellNode(caller: Caller, callIds: string[], bootId: string): Promise<void> {
  const body = JSON.stringify(journalAckSchema.parse({ callIds }));
  const question = { method: 'POST', path: NODE_PATH.journalAck, body, bootId, timeoutMs: JOURNAL_TIMEOUT_MS } as const;
  try {
    await askNode(caller, question, z.unknown());
  } catch {
    if (pending.length + callIds.length <= MAX_PENDING) pending.push(...callIds);
  }
}
