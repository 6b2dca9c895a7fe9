// What the isolate knows of its node: the last status, as a value. At most 2 s old it is used; at most 30 s old it is used
// and renewed behind; older, the call waits for a new one. What would make the gateway refuse is looked up again first.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import {
  NODE_PATH,
  NODE_PROTOCOL_VERSION,
  nodeStatusSchema,
  type NodeStatus,
} from '../../../protocol/node/node-api.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askNode } from './ask-node.ts';

const FRESH_MS = 2_000;
const USABLE_MS = 30_000;
/** "Now": a burst of calls that all want to be sure shares one look. */
const NOW_MS = 250;
/** How long a call waits for the status before it is told that the node is away. */
const STATUS_BUDGET_MS = 2_000;
/** After a failed look, calls are told at once for this long: an offline node costs four tries a second, not one a call. */
const FAILURE_MEMORY_MS = 250;

type Sight = {
  seen: { status: NodeStatus; at: number } | null;
  failedAt: number;
  /** When the renewal that runs behind was begun; 0: none runs. */
  renewingSince: number;
};

type Caller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil'>;

/** Values only, by the settings that they belong to. */
const sights = new WeakMap<GatewayConfig, Sight>();

/**
 * The node's status. `usual`: as fresh as a call needs; `now`: at most 250 ms old. Throws `node_offline` when there is none
 * within the budget, `node_error` when what answers is not the node that was configured.
 */
export async function nodeStatus(caller: Caller, freshness: 'usual' | 'now' = 'usual'): Promise<NodeStatus> {
  const sight = sightOf(caller.config);
  const now = Date.now();
  const age = sight.seen === null ? Infinity : now - sight.seen.at;
  if (sight.seen !== null && age <= (freshness === 'now' ? NOW_MS : USABLE_MS)) {
    if (age > FRESH_MS) renewBehind(caller, sight, now);
    return sight.seen.status;
  }
  if (now - sight.failedAt <= FAILURE_MEMORY_MS) throw offline('the node was away a moment ago');
  return look(caller, sight);
}

/** Forgets what was seen: the next call looks again. For when a call found the node away or started anew. */
export function forgetNodeStatus(config: GatewayConfig): void {
  sightOf(config).seen = null;
}

/** When the oldest call ended that the node has not been told to forget, as its last status said, in Unix milliseconds. */
export function oldestUntoldMs(config: GatewayConfig): number | null {
  return sightOf(config).seen?.status.journal?.oldestEndedAt ?? null;
}

function sightOf(config: GatewayConfig): Sight {
  let sight = sights.get(config);
  if (sight === undefined) {
    sight = { seen: null, failedAt: -Infinity, renewingSince: 0 };
    sights.set(config, sight);
  }
  return sight;
}

function renewBehind(caller: Caller, sight: Sight, now: number): void {
  // The time is kept, not only the fact: a renewal whose request was ended must not stop all later ones.
  if (now - sight.renewingSince <= STATUS_BUDGET_MS) return;
  sight.renewingSince = now;
  caller.waitUntil(
    look(caller, sight).then(
      () => void (sight.renewingSince = 0),
      () => void (sight.renewingSince = 0),
    ),
  );
}

async function look(caller: Caller, sight: Sight): Promise<NodeStatus> {
  try {
    const status = await askStatus(caller);
    sight.seen = { status, at: Date.now() };
    return status;
  } catch (error) {
    sight.seen = null;
    sight.failedAt = Date.now();
    if (error instanceof ApiError && error.code === 'node_error') throw error;
    throw offline(error instanceof ApiError ? (error.reason ?? error.code) : 'the status could not be read');
  }
}

async function askStatus(caller: Caller): Promise<NodeStatus> {
  const question = { method: 'GET', path: NODE_PATH.status, timeoutMs: STATUS_BUDGET_MS } as const;
  const status = await askNode(caller, question, nodeStatusSchema);
  if (status.nodeId !== caller.config.nodeId) {
    throw unusable('another node answers at this origin than NODE_ID names');
  }
  if (status.protocolVersion !== NODE_PROTOCOL_VERSION) {
    throw unusable(`the node speaks protocol ${status.protocolVersion}, this gateway ${NODE_PROTOCOL_VERSION}`);
  }
  return status;
}

function offline(reason: string): ApiError {
  return new ApiError('node_offline', { reason });
}

function unusable(reason: string): ApiError {
  return new ApiError('node_error', { reason });
}
