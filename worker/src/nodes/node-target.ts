// A node as the gateway may call it: the one of the configuration, which is always there, or one of the Registry's records.
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';

export type NodeTarget = Pick<NodeRecord, 'nodeId' | 'models' | 'weight' | 'draining'> &
  (
    | { kind: 'link' }
    | {
        kind: 'origin';
        /** Scheme, host and port. */
        origin: string;
        /** The layout has a binding for it. */
        isBound: boolean;
      }
  );

/** The node of the configuration. What a record of the same id says of its use holds; how it is reached says the configuration. */
export function configuredTarget({ nodeId, nodeOrigin }: GatewayConfig, record: NodeRecord | undefined): NodeTarget {
  const { models = null, weight = 1, draining = false } = record ?? {};
  const use = { nodeId, models, weight, draining };
  return nodeOrigin === null ? { ...use, kind: 'link' } : { ...use, kind: 'origin', origin: nodeOrigin, isBound: true };
}

export function recordedTarget({ nodeId, models, weight, draining, kind, origin }: NodeRecord): NodeTarget {
  const use = { nodeId, models, weight, draining };
  return kind === 'link' || origin === null
    ? { ...use, kind: 'link' }
    : { ...use, kind: 'origin', origin, isBound: false };
}
