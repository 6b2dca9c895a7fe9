// Settlements on their way to their accounts. A commit costs far more than what is in it, so what ends within a moment goes
// together. Values only are kept between requests. What cannot be told is kept and told with the next ones; should this isolate
// go, the node's journal still has it, and the sweep finds it there.
import type { PermitReturn, Settlement, SettlementBatch } from '../../../protocol/objects/account-admission.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { MAX_JOURNAL_BATCH } from '../../../protocol/node/node-api.ts';
import { acknowledgeCalls } from '../nodes/node-journal.ts';
import { nodeTarget } from '../nodes/node-targets.ts';
import { logEvent } from '../objects/log-event.ts';
import { withinTime } from '../objects/within-time.ts';
import { accountStub } from './account-stub.ts';
import { forgetEnds, noteEnd, untoldEnds } from './untold-ends.ts';

/** How long a settlement may wait for others, in milliseconds. */
const FLUSH_MS = 250;
/** Whoever was to send them is gone. Milliseconds. */
const OVERDUE_MS = 2 * FLUSH_MS;
/** So many are sent without waiting: what one message to the node's journal acknowledges. */
const FLUSH_SIZE = MAX_JOURNAL_BATCH;
/** Kept for an account that cannot be reached, of each kind; about 1 MB. */
const MAX_KEPT = 4_096;
const SETTLE_LIMIT_MS = 10_000;
/** How often a refused call looks whether the account knows of the ends before it, in milliseconds, and how many times. */
const LOOK_MS = 5;
const MAX_LOOKS = 400;
/** Accounts that this isolate still has something to say to: beyond it, what they may forget is dropped; in time they do by themselves. */
const MAX_ACCOUNTS = 10_000;

/** What a request gives to work that outlives it. */
export type Settler = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil'>;

/** `sinceMs`: when the first of what waits came. */
type Batch = Omit<SettlementBatch, 'records'> & { sinceMs: number };

/** By account, by the settings that they belong to. */
const queues = new WeakMap<GatewayConfig, Map<string, Batch>>();

/** Takes the end of a call. `now`: others may wait for what it gives back. */
export function queueSettlement(
  settler: Settler,
  accountId: string,
  settlement: Settlement,
  when: 'now' | 'batched',
): void {
  noteEnd(settler, accountId, settlement.callId);
  const batch = batchOf(settler, accountId);
  batch.settlements.push(settlement);
  schedule(settler, accountId, batch, when === 'now' || batch.settlements.length >= FLUSH_SIZE);
}

/** Takes what is left of a permit. */
export function queueReturn(settler: Settler, accountId: string, permit: PermitReturn): void {
  noteEnd(settler, accountId, permit.permitId);
  const batch = batchOf(settler, accountId);
  batch.returns.push(permit);
  schedule(settler, accountId, batch, false);
}

/** Whether something waits to be told to an account. */
export function hasQueued(settler: Settler, accountId: string): boolean {
  const batch = batchesOf(settler).get(accountId);
  return batch !== undefined && batch.settlements.length + batch.returns.length > 0;
}

/** Tells the account everything that waits. Never rejects. */
export async function flushSettlements(settler: Settler, accountId: string): Promise<void> {
  const batches = batchesOf(settler);
  const batch = batches.get(accountId);
  if (batch === undefined) return;
  batches.delete(accountId);
  try {
    const { settlements, returns, forgotten } = batch;
    const telling = accountStub(settler.env, accountId).settle({ settlements, records: [], returns, forgotten });
    await withinTime(telling, SETTLE_LIMIT_MS, 'the account');
  } catch (problem) {
    logEvent('settlement_retry', { account: accountId, calls: batch.settlements.length }, problem);
    keep(settler, accountId, batch);
    return;
  }
  const permitIds = batch.returns.map(({ permitId }) => permitId);
  forgetEnds(settler, accountId, [...batch.settlements.map(({ callId }) => callId), ...permitIds]);
  // The account remembers that it settled these until the node has forgotten them.
  const told = batch.settlements.filter(({ end }) => end.kind === 'counted');
  const unreached = batch.settlements.filter(({ end }) => end.kind === 'unreached').map(({ callId }) => callId);
  const acknowledged = await acknowledgeAll(settler, told);
  forgetLater(settler, accountId, [...unreached, ...permitIds, ...acknowledged]);
}

/** Tells each node of its own calls that they are counted. Resolves to the ids of those of which that was told. */
async function acknowledgeAll(settler: Settler, settlements: readonly Settlement[]): Promise<string[]> {
  const told = [...Map.groupBy(settlements, ({ nodeId }) => nodeId)].map(async ([nodeId, own]) => {
    const ids = own.map(({ callId }) => callId);
    const target = await nodeTarget(settler, nodeId);
    return target !== null && (await acknowledgeCalls(settler, target, ids)) ? ids : [];
  });
  return (await Promise.all(told)).flat();
}

/** Resolves when the account knows of everything that had ended here up to now, or that takes too long. Never rejects. */
export async function tellEnds(settler: Settler, accountId: string): Promise<void> {
  const ids = untoldEnds(settler, accountId);
  for (let look = 0; look < MAX_LOOKS; look++) {
    const untold = new Set(untoldEnds(settler, accountId));
    if (!ids.some((id) => untold.has(id))) return;
    if (hasQueued(settler, accountId)) settler.waitUntil(flushSettlements(settler, accountId));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Tells every account everything that waits. Never rejects. */
export async function flushAllSettlements(settler: Settler): Promise<void> {
  await Promise.all([...batchesOf(settler).keys()].map((accountId) => flushSettlements(settler, accountId)));
}

function batchesOf({ config }: Settler): Map<string, Batch> {
  let batches = queues.get(config);
  if (batches === undefined) {
    batches = new Map();
    queues.set(config, batches);
  }
  return batches;
}

function batchOf(settler: Settler, accountId: string): Batch {
  const batches = batchesOf(settler);
  let batch = batches.get(accountId);
  if (batch === undefined) {
    batch = { settlements: [], returns: [], forgotten: [], sinceMs: 0 };
    batches.set(accountId, batch);
  }
  return batch;
}

/** The first of a batch waits for the others. A request that the platform ended took its timer along: the next one finds it overdue. */
function schedule(settler: Settler, accountId: string, batch: Batch, now: boolean): void {
  const isFirst = batch.settlements.length + batch.returns.length === 1;
  if (isFirst) batch.sinceMs = Date.now();
  if (now || Date.now() - batch.sinceMs > OVERDUE_MS) settler.waitUntil(flushSettlements(settler, accountId));
  else if (isFirst) settler.waitUntil(flushLater(settler, accountId));
}

async function flushLater(settler: Settler, accountId: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  await flushSettlements(settler, accountId);
}

function keep(settler: Settler, accountId: string, batch: Batch): void {
  const present = batchOf(settler, accountId);
  present.settlements = [...batch.settlements, ...present.settlements].slice(-MAX_KEPT);
  present.returns = [...batch.returns, ...present.returns].slice(-MAX_KEPT);
  present.forgotten = [...batch.forgotten, ...present.forgotten].slice(-MAX_KEPT);
}

function forgetLater(settler: Settler, accountId: string, ids: readonly string[]): void {
  if (ids.length === 0 || batchesOf(settler).size >= MAX_ACCOUNTS) return;
  const batch = batchOf(settler, accountId);
  batch.forgotten = [...batch.forgotten, ...ids].slice(-MAX_KEPT);
}
