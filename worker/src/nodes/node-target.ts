// A node as the gateway may call it: the one of the configuration, which is always there, or one of the Registry's records.
import type { NodePlace } from '../../../protocol/objects/node-directory.ts';
import type { NodeRecord, OriginSettings } from '../../../protocol/objects/registry-administration.ts';
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
    | ({
        /** A server of another maker. */
        kind: 'openai';
        /** Its URL, up to before `/v1`. */
        origin: string;
        bearer: string | null;
      } & OriginSettings)
  );

/** A server of another maker, and what its models are said to be. */
export type OpenAiTarget = Extract<NodeTarget, { kind: 'openai' }>;

/** The node of the configuration. What a record of the same id says of its use holds; how it is reached says the configuration. */
export function configuredTarget({ nodeId, nodeOrigin }: GatewayConfig, record: NodeRecord | undefined): NodeTarget {
  const { models = null, weight = 1, draining = false } = record ?? {};
  const use = { nodeId, models, weight, draining };
  return nodeOrigin === null ? { ...use, kind: 'link' } : { ...use, kind: 'origin', origin: nodeOrigin, isBound: true };
}

/** `bearer`: of a server of another maker, opened. */
export function recordedTarget(record: NodeRecord, bearer: string | null): NodeTarget {
  const { nodeId, models, weight, draining, kind, origin, server } = record;
  const use = { nodeId, models, weight, draining };
  if (origin === null) return { ...use, kind: 'link' };
  if (kind !== 'openai' || server === null) return { ...use, kind: 'origin', origin, isBound: false };
  const { contextLength, maxTokens, sequences } = server;
  return { ...use, kind, origin, bearer, contextLength, maxTokens, sequences };
}

/** Where it is looked for. */
export function placeOf(target: NodeTarget): NodePlace {
  return { nodeId: target.nodeId, origin: target.kind === 'link' ? null : target.origin };
}

export function isAt(target: NodeTarget, { nodeId, origin }: NodePlace): boolean {
  const place = placeOf(target);
  return place.nodeId === nodeId && place.origin === origin;
}
