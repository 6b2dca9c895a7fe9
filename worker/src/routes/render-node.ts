// A node as the admin API answers it: what is stored of it, and what it is doing now.
import type { AdminNode, NodeLiveState } from '../../../protocol/admin/admin-node.ts';
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import type { NodeView } from '../nodes/node-view.ts';

/** `record` null: it is the one of the gateway's settings alone. */
export function renderNode({ target, seen }: NodeView, record: NodeRecord | null, configured: boolean): AdminNode {
  return {
    object: 'node',
    id: target.nodeId,
    kind: target.kind,
    origin: target.kind === 'link' ? null : target.origin,
    models: target.models === null ? null : [...target.models],
    weight: target.weight,
    draining: target.draining,
    configured,
    created_at: record?.createdAt ?? null,
    last_used_at: record?.lastUsedAt ?? null,
    former_ends_at: record?.formerEndsAt ?? null,
    live: describeLive(seen, target.draining),
  };
}

function describeLive(seen: NodeView['seen'], drained: boolean): NodeLiveState {
  if (!seen.ok) return { state: 'away', reason: seen.error.reason ?? seen.error.message, version: null, models: [] };
  const { version, engine, draining, models } = seen.status;
  return {
    state: drained || draining ? 'draining' : engine === 'ready' ? 'ready' : 'starting',
    reason: null,
    version,
    models: models.map(({ id, state = 'loaded', sequences, running, waiting, tokensPerSecond = null }) => ({
      id,
      state,
      sequences,
      running,
      waiting,
      tokens_per_second: tokensPerSecond,
    })),
  };
}
