// Brings what the isolate knows of the nodes up to date: by the directory's snapshot, or, when that cannot be had, by the Registry's list
// alone. When neither answers, what was last known holds, and without that the node of the settings.
import type { DirectorySnapshot, LookUntil } from '../../../protocol/objects/node-directory.ts';
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { readDirectory } from './ask-node-directory.ts';
import { nodeList } from './node-list.ts';
import { doubtedSince, takeSighting, type SightsCaller } from './node-sights.ts';
import { isAt } from './node-target.ts';
import { openTargets } from './open-targets.ts';
import { readRecords } from './read-records.ts';

/** Resolves to the ids of the nodes that the directory told of. Never rejects. */
export async function renewNodes(
  caller: SightsCaller,
  maxAgeMs: number,
  until: LookUntil,
): Promise<ReadonlySet<string>> {
  const question = { maxAgeMs: Math.min(maxAgeMs, steadyNow() - lastDoubt(caller)), until };
  const snapshot = await readDirectory(caller, question);
  if (snapshot !== null) return takeSnapshot(caller, snapshot);
  await readList(caller, question.maxAgeMs);
  return new Set();
}

/** What is known from before was not believed any more from then on. */
function lastDoubt({ config }: SightsCaller): number {
  const { targets, recordsAt, doubtedAt } = nodeList(config);
  const doubts = targets.map((target) => doubtedSince(config, target));
  return Math.max(...doubts, recordsAt < doubtedAt ? doubtedAt : -Infinity);
}

async function takeSnapshot(
  caller: SightsCaller,
  { agoMs, list, sightings }: DirectorySnapshot,
): Promise<ReadonlySet<string>> {
  const { config } = caller;
  const now = steadyNow();
  if (list !== null) await takeRecords(caller, list.records, now - list.agoMs);
  const known = nodeList(config);
  known.at = Math.max(known.at, now - agoMs);
  const told = sightings.filter((sighting) => known.targets.some((target) => isAt(target, sighting)));
  for (const sighting of told) takeSighting(config, sighting);
  return new Set(told.map(({ nodeId }) => nodeId));
}

async function readList(caller: SightsCaller, maxAgeMs: number): Promise<void> {
  const list = nodeList(caller.config);
  const now = steadyNow();
  if (now - list.recordsAt >= maxAgeMs) {
    const records = await readRecords(caller.env);
    if (records !== null) await takeRecords(caller, records, now);
  }
  list.at = steadyNow();
}

async function takeRecords(caller: SightsCaller, records: readonly NodeRecord[], at: number): Promise<void> {
  const targets = await openTargets(caller, records);
  const list = nodeList(caller.config);
  if (at > list.recordsAt) Object.assign(list, { targets, records, recordsAt: at });
}
