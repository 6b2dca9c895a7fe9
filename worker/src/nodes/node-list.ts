// Which nodes there are, as far as the isolate knows: values, by the settings that they belong to.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { NOW_MS } from './freshness.ts';
import { configuredTarget, type NodeTarget } from './node-target.ts';

export type NodeList = {
  /** The one of the settings first; never empty. */
  targets: readonly NodeTarget[];
  /** What the Registry said; empty until it has said anything. */
  records: readonly NodeRecord[];
  /** When it was asked for them. */
  recordsAt: number;
  /** When the look at list and nodes began that all this is from. */
  at: number;
  /** When the renewal that runs behind was begun; 0: none runs. */
  renewingSince: number;
  /** What was known before this time is not believed. */
  doubtedAt: number;
};

const lists = new WeakMap<GatewayConfig, NodeList>();

export function nodeList(config: GatewayConfig): NodeList {
  let list = lists.get(config);
  if (list === undefined) {
    const targets = [configuredTarget(config, undefined)];
    const never = { at: -Infinity, recordsAt: -Infinity, doubtedAt: -Infinity };
    list = { targets, records: [], ...never, renewingSince: 0 };
    lists.set(config, list);
  }
  return list;
}

/** What was last known, without looking. */
export function lastTargets(config: GatewayConfig): readonly NodeTarget[] {
  return nodeList(config).targets;
}

/** The records as the Registry has had them since this time. Throws `state_unavailable` when it did not say. */
export function recordsSince(config: GatewayConfig, time: number): readonly NodeRecord[] {
  const { records, recordsAt } = nodeList(config);
  // Its age was counted by another clock, and rounded.
  if (recordsAt >= time - NOW_MS) return records;
  throw new ApiError('state_unavailable', { reason: 'the list of nodes could not be read' });
}

/** Believes nothing that was known up to now: whoever changed the list here sees it at once. */
export function forgetNodeList(config: GatewayConfig): void {
  nodeList(config).doubtedAt = steadyNow();
}
