// The node's own record of a call: what it truly cost, and how it ended. Read out of band after a stream, so that no
// JavaScript has to look at the stream itself; acknowledged so that the node may forget it.
import * as z from 'zod';
import {
  journalAckSchema,
  journalPageSchema,
  MAX_JOURNAL_BATCH,
  NODE_PATH,
  type JournalRecord,
} from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askNode } from './ask-node.ts';
import { nodeStatus } from './node-sights.ts';
import type { NodeTarget } from './node-target.ts';

const JOURNAL_TIMEOUT_MS = 5_000;
/** A record is written before a stream's last byte; only after a cut it may come a little later. Milliseconds. */
const PAUSES_MS = [0, 50, 250, 1_000];

/** Servers of other makers have no journal. */
const KEPT_BY_NONE: JournalRecord[] = [];

type Caller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil'>;

/** `none`: the node answers, and has no record of the call; `unreachable`: it does not answer. */
export type JournalAnswer = JournalRecord | 'none' | 'unreachable';

/** The record of a call that has ended. Never throws. */
export async function readJournalRecord(caller: Caller, target: NodeTarget, callId: string): Promise<JournalAnswer> {
  for (const pause of PAUSES_MS) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const records = await readJournal(caller, target, [callId]);
    if (records === null) return 'unreachable';
    const record = records.find((candidate) => candidate.callId === callId);
    if (record !== undefined) return record;
  }
  return 'none';
}

/** The records of these calls; without any, the oldest that nobody has acknowledged. Null: the node does not answer. */
export async function readJournal(
  caller: Caller,
  target: NodeTarget,
  callIds: readonly string[],
): Promise<JournalRecord[] | null> {
  if (target.kind === 'openai') return KEPT_BY_NONE;
  const query = callIds.slice(0, MAX_JOURNAL_BATCH).map((id) => `call_id=${id}`);
  const path = query.length === 0 ? NODE_PATH.journal : `${NODE_PATH.journal}?${query.join('&')}`;
  try {
    const { bootId } = await nodeStatus(caller, target);
    const question = { method: 'GET', path, bootId, timeoutMs: JOURNAL_TIMEOUT_MS } as const;
    return (await askNode(caller, target, question, journalPageSchema)).records;
  } catch {
    return null;
  }
}

/** Tells the node that these calls were counted, so that it may forget them. False: it was not told. Never throws. */
export async function acknowledgeCalls(
  caller: Caller,
  target: NodeTarget,
  callIds: readonly string[],
): Promise<boolean> {
  if (target.kind === 'openai') return true;
  let all = true;
  for (let start = 0; start < callIds.length; start += MAX_JOURNAL_BATCH) {
    all = (await acknowledge(caller, target, callIds.slice(start, start + MAX_JOURNAL_BATCH))) && all;
  }
  return all;
}

async function acknowledge(caller: Caller, target: NodeTarget, callIds: readonly string[]): Promise<boolean> {
  try {
    const { bootId } = await nodeStatus(caller, target);
    const body = JSON.stringify(journalAckSchema.parse({ callIds }));
    const question = {
      method: 'POST',
      path: NODE_PATH.journalAck,
      body,
      bootId,
      timeoutMs: JOURNAL_TIMEOUT_MS,
    } as const;
    await askNode(caller, target, question, z.unknown());
    return true;
  } catch {
    return false;
  }
}
