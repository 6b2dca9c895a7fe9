// Finds the calls that nobody settled, in the nodes' journals: their gateway was killed, or could not reach their account. Each
// account takes the records that are its own and settles each once, so that sweeping twice, or beside another gateway, does no harm.
import type { JournalRecord } from '../../../protocol/node/node-api.ts';
import { accountStub } from '../accounts/account-stub.ts';
import { askAccount } from '../accounts/ask-account.ts';
import { flushAllSettlements, type Settler } from '../accounts/settlement-queue.ts';
import { acknowledgeCalls, readJournal } from '../nodes/node-journal.ts';
import { lastTargets } from '../nodes/node-list.ts';
import { oldestUntoldMs } from '../nodes/node-sights.ts';
import type { NodeTarget } from '../nodes/node-target.ts';
import { nodeTargets } from '../nodes/node-targets.ts';
import { logEvent } from '../objects/log-event.ts';

/** Gateways settle within a few seconds of a call's end: what is younger is most likely still on its way. Milliseconds. */
const UNTOLD_AFTER_MS = 10_000;
/** How often an isolate sweeps at most, in milliseconds. */
const SWEEP_INTERVAL_MS = 10_000;
/** Pages of 256 records in one sweep; what is left is for the next one. */
const MAX_PAGES = 16;

/** Values only: when this isolate last swept. */
let sweptAtMs = 0;

/** Sweeps behind the request when the last status of a node says that something lies there. */
export function sweepWhenDue(settler: Settler): void {
  const nowMs = Date.now();
  if (nowMs - sweptAtMs < SWEEP_INTERVAL_MS) return;
  const due = lastTargets(settler.config).filter((target) => {
    const oldestMs = oldestUntoldMs(settler.config, target);
    return oldestMs !== null && nowMs - oldestMs >= UNTOLD_AFTER_MS;
  });
  if (due.length === 0) return;
  sweptAtMs = nowMs;
  settler.waitUntil(Promise.all(due.map((target) => sweepJournal(settler, target, UNTOLD_AFTER_MS))));
}

/** Tells every account what has ended up to now, as far as this isolate and the nodes know. Never rejects. */
export async function collectUsage(settler: Settler): Promise<void> {
  await flushAllSettlements(settler);
  const targets = await nodeTargets(settler);
  await Promise.all(targets.map((target) => sweepJournal(settler, target, 0)));
}

/** Settles what lies in a node's journal and ended at least so many milliseconds ago. Never rejects. */
async function sweepJournal(settler: Settler, target: NodeTarget, minAgeMs: number): Promise<void> {
  for (let page = 0; page < MAX_PAGES; page++) {
    const records = (await readJournal(settler, target, [])) ?? [];
    const old = records.filter(({ endedAt }) => Date.now() - endedAt >= minAgeMs);
    const settled = (await Promise.all(byAccount(old).map((own) => settleOf(settler, own)))).flat();
    if (settled.length === 0 || !(await acknowledgeCalls(settler, target, settled))) return;
  }
}

function byAccount(records: readonly JournalRecord[]): JournalRecord[][] {
  return [...Map.groupBy(records, ({ account }) => account).values()];
}

/** Resolves to the ids of the calls that are settled now. */
async function settleOf({ env }: Settler, records: JournalRecord[]): Promise<string[]> {
  const [first] = records;
  if (first === undefined) return [];
  try {
    const batch = { settlements: [], records, returns: [], forgotten: [] };
    await askAccount(() => accountStub(env, first.account).settle(batch));
    return records.map(({ callId }) => callId);
  } catch (problem) {
    logEvent('sweep_retry', { account: first.account, calls: records.length }, problem);
    return [];
  }
}
