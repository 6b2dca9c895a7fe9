// The nodes as an isolate sees them, by the directory's snapshot that it keeps: at most 2 s old it is used; at most 30 s old it is used and
// renewed behind the call; older, the call waits for a new one. What the directory does not tell the isolate looks at itself: a node that
// its own settings say to be elsewhere, or all of them when the directory cannot be reached.
import type { LookUntil } from '../../../protocol/objects/node-directory.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { awaitEnough } from './await-enough.ts';
import { FRESH_MS, NEWS_MS, NOW_MS, WAIT_FROM_MS, type Freshness } from './freshness.ts';
import { isEnough, isWaitedFor } from './look-until.ts';
import { nodeList } from './node-list.ts';
import { lookAtNode, seenAt, viewOf, type SightsCaller } from './node-sights.ts';
import type { NodeTarget } from './node-target.ts';
import type { NodeView } from './node-view.ts';
import { renewNodes } from './renew-nodes.ts';

/** A renewal that runs behind is taken for ended with its request after so long, in milliseconds: it must not stop all later ones. */
const RENEWAL_LIMIT_MS = 5_000;

/** What is known of the nodes that are waited for, in their order: the one of the settings first. Never rejects. */
export async function lookAtNodes(
  caller: SightsCaller,
  freshness: Freshness,
  until: LookUntil,
): Promise<readonly NodeView[]> {
  const { config } = caller;
  const list = nodeList(config);
  const now = steadyNow();
  const since = now - WAIT_FROM_MS[freshness];
  const isKnown =
    list.at >= since &&
    list.recordsAt >= list.doubtedAt &&
    list.targets.every((target) => seenAt(config, target) >= since || !isWaitedFor(target, until));
  if (!isKnown) await lookAnew(caller, NEWS_MS[freshness], until);
  else if (now - list.at > FRESH_MS && now - list.renewingSince > RENEWAL_LIMIT_MS) renewBehind(caller, now);
  return viewsOf(caller, until);
}

function renewBehind(caller: SightsCaller, now: number): void {
  const list = nodeList(caller.config);
  list.renewingSince = now;
  const renewal = lookAnew(caller, FRESH_MS, { serves: { firstOf: null } }).finally(() => {
    list.renewingSince = 0;
  });
  caller.waitUntil(renewal);
}

async function lookAnew(caller: SightsCaller, maxAgeMs: number, until: LookUntil): Promise<void> {
  const { config } = caller;
  const told = await renewNodes(caller, maxAgeMs, until);
  const since = steadyNow() - NOW_MS;
  const untold = targetsOf(caller, until).filter((target) => {
    const at = seenAt(config, target);
    return at === -Infinity || (!told.has(target.nodeId) && at < since);
  });
  const looks = untold.map((target) => lookAtNode(caller, target));
  caller.waitUntil(Promise.allSettled(looks));
  await awaitEnough(looks, () => isEnough(viewsOf(caller, until), until));
}

function viewsOf(caller: SightsCaller, until: LookUntil): readonly NodeView[] {
  return targetsOf(caller, until).map((target) => viewOf(caller.config, target));
}

function targetsOf({ config }: SightsCaller, until: LookUntil): readonly NodeTarget[] {
  return nodeList(config).targets.filter((target) => isWaitedFor(target, until));
}
