// What the isolate knows of which nodes there are: the last list of the Registry, as a value, and the node of the configuration. At most
// 2 s old it is used; at most 30 s old it is used and renewed behind; older, the call waits for a new one. A Registry that does not answer
// stops no call: the last list holds, and without one the node of the configuration.
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { logEvent } from '../objects/log-event.ts';
import { withinTime } from '../objects/within-time.ts';
import { openBearer } from '../openai-origin/bearer-seal.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { configuredTarget, recordedTarget, type NodeTarget } from './node-target.ts';

const FRESH_MS = 2_000;
const USABLE_MS = 30_000;
/** How long a call waits for the list. */
const BUDGET_MS = 1_000;

type Known = { targets: readonly NodeTarget[]; at: number; renewingSince: number };

export type TargetsCaller = Pick<GatewayCall, 'env' | 'config' | 'waitUntil'>;

/** Values only, by the settings that they belong to. */
const knownBySettings = new WeakMap<GatewayConfig, Known>();

/** All nodes, the one of the configuration first. Never rejects, never empty. */
export async function nodeTargets(caller: TargetsCaller): Promise<readonly NodeTarget[]> {
  const known = knownBySettings.get(caller.config);
  const now = Date.now();
  const age = known === undefined ? Infinity : now - known.at;
  if (known === undefined || age > USABLE_MS) return read(caller, known);
  // The time is kept, not only the fact: a renewal whose request was ended must not stop all later ones.
  if (age > FRESH_MS && now - known.renewingSince > BUDGET_MS) {
    known.renewingSince = now;
    caller.waitUntil(read(caller, known));
  }
  return known.targets;
}

/** What was last known, without looking. */
export function lastTargets(config: GatewayConfig): readonly NodeTarget[] {
  return knownBySettings.get(config)?.targets ?? [];
}

/** The node of an id; null: there is none any more. */
export async function nodeTarget(caller: TargetsCaller, nodeId: string): Promise<NodeTarget | null> {
  return (await nodeTargets(caller)).find((target) => target.nodeId === nodeId) ?? null;
}

/** Forgets the list: whoever changed it here sees it at once. */
export function forgetNodeTargets(config: GatewayConfig): void {
  knownBySettings.delete(config);
}

async function read({ env, config }: TargetsCaller, known: Known | undefined): Promise<readonly NodeTarget[]> {
  try {
    const records = await withinTime(
      askRegistry(env, (registry) => registry.listNodes()),
      BUDGET_MS,
      'the Registry',
    );
    const own = configuredTarget(
      config,
      records.find(({ nodeId }) => nodeId === config.nodeId),
    );
    const others = records.filter(({ nodeId }) => nodeId !== config.nodeId);
    const targets = [own, ...(await Promise.all(others.map((record) => openTarget({ env, config }, record))))];
    knownBySettings.set(config, { targets, at: Date.now(), renewingSince: 0 });
    return targets;
  } catch (problem) {
    logEvent('node_list_unread', {}, problem);
    const targets = known?.targets ?? [configuredTarget(config, undefined)];
    // Asked again when it is no longer fresh.
    knownBySettings.set(config, { targets, at: Date.now() - FRESH_MS, renewingSince: Date.now() });
    return targets;
  }
}

/** With the bearer that a server of another maker wants, if it can be opened: without it, it will refuse, and doctor say so. */
async function openTarget(
  { env, config }: Pick<TargetsCaller, 'env' | 'config'>,
  record: NodeRecord,
): Promise<NodeTarget> {
  const sealed = record.server?.sealedBearer ?? null;
  if (sealed === null) return recordedTarget(record, null);
  const { nodeId } = record;
  const opened = await openBearer(config, nodeId, sealed);
  if (opened === null) logEvent('node_bearer_unreadable', { node: nodeId });
  const renewed = opened?.renewed ?? null;
  if (renewed !== null) await askRegistry(env, (registry) => registry.resealBearer(nodeId, sealed, renewed));
  return recordedTarget(record, opened?.bearer ?? null);
}
