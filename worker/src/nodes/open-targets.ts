// Out of the Registry's records: the nodes as they may be called, the one of the settings first.
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { logEvent } from '../objects/log-event.ts';
import { openBearer } from '../openai-origin/bearer-seal.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { configuredTarget, recordedTarget, type NodeTarget } from './node-target.ts';

type Opener = Pick<GatewayCall, 'env' | 'config'>;

/** Never empty. Never rejects. */
export async function openTargets(opener: Opener, records: readonly NodeRecord[]): Promise<readonly NodeTarget[]> {
  const { config } = opener;
  const own = records.find(({ nodeId }) => nodeId === config.nodeId);
  const others = records.filter(({ nodeId }) => nodeId !== config.nodeId);
  const opened = await Promise.all(others.map((record) => openTarget(opener, record)));
  return [configuredTarget(config, own), ...opened];
}

/** With the bearer that a server of another maker wants, if it can be opened: without it, it will refuse, and doctor say so. */
async function openTarget({ env, config }: Opener, record: NodeRecord): Promise<NodeTarget> {
  const sealed = record.server?.sealedBearer ?? null;
  if (sealed === null) return recordedTarget(record, null);
  const { nodeId } = record;
  const opened = await openBearer(config, nodeId, sealed);
  if (opened === null) logEvent('node_bearer_unreadable', { node: nodeId });
  const renewed = opened?.renewed ?? null;
  if (renewed !== null) await reseal(env, nodeId, sealed, renewed);
  return recordedTarget(record, opened?.bearer ?? null);
}

/** A Registry that cannot be told now is told at the next look. */
async function reseal(env: GatewayEnv, nodeId: string, sealed: string, renewed: string): Promise<void> {
  try {
    await askRegistry(env, (registry) => registry.resealBearer(nodeId, sealed, renewed));
  } catch (problem) {
    logEvent('node_bearer_not_resealed', { node: nodeId }, problem);
  }
}
