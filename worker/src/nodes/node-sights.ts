// What the isolate knows of each node: its last status, as a value. At most 2 s old it is used; at most 30 s old it is used
// and renewed behind; older, the call waits for a new one. What would make the gateway refuse is looked up again first.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { NODE_PATH, nodeStatusSchema, type NodeModel, type NodeStatus } from '../../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION, whoIsTooOld } from '../../../protocol/node/protocol-version.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askOriginStatus } from '../openai-origin/ask-origin-status.ts';
import { askNode } from './ask-node.ts';
import type { NodeTarget } from './node-target.ts';

const FRESH_MS = 2_000;
const USABLE_MS = 30_000;
/** "Now": a burst of calls that all want to be sure shares one look. */
const NOW_MS = 250;
/** How long a call waits for the status before it is told that the node is away. */
const STATUS_BUDGET_MS = 2_000;
/** After a failed look, calls are told at once for this long: an offline node costs four tries a second, not one a call. */
const FAILURE_MEMORY_MS = 250;
/** How long a node on which calls failed is tried last, and while one call tries it again. Milliseconds. */
const FIRST_COOLING_MS = 1_000;
const LONGEST_COOLING_MS = 30_000;
const TRIAL_MS = 5_000;

type Sight = {
  seen: { status: NodeStatus; at: number } | null;
  failed: { error: ApiError; at: number; wasSilent: boolean } | null;
  /** When the renewal that runs behind was begun; 0: none runs. */
  renewingSince: number;
  /** Calls that went there from here since it was seen, and have not ended: its status does not count them yet. */
  sentSince: Set<symbol>;
  /** What it served when it was last seen; null: it never was. */
  lastModels: readonly NodeModel[] | null;
  /** When the look that runs was begun; 0: none runs. */
  lookingSince: number;
  /** When a call last failed there. */
  callFailedAt: number;
  /** Calls that failed there one after the other, and until when it is tried last for that. */
  failures: number;
  coolUntil: number;
};

export type SightsCaller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil'>;

/** Values only, by node id, by the settings that they belong to. */
const sightsBySettings = new WeakMap<GatewayConfig, Map<string, Sight>>();

/**
 * The node's status. `usual`: as fresh as a call needs; `now`: at most 250 ms old. Throws `node_offline` when there is none
 * within the budget, `node_error` when what answers is not the node that was meant.
 */
export async function nodeStatus(
  caller: SightsCaller,
  target: NodeTarget,
  freshness: 'usual' | 'now' = 'usual',
): Promise<NodeStatus> {
  const sight = sightOf(caller.config, target.nodeId);
  const now = Date.now();
  const age = sight.seen === null ? Infinity : now - sight.seen.at;
  if (sight.seen !== null && age <= (freshness === 'now' ? NOW_MS : USABLE_MS)) {
    if (age > FRESH_MS) renewBehind(caller, target, sight, now);
    return sight.seen.status;
  }
  const { failed } = sight;
  // A node that was silent is looked at by one call at a time, or each would wait for it.
  const isLookedAt = failed?.wasSilent === true && now - sight.lookingSince <= STATUS_BUDGET_MS;
  if (failed !== null && (isLookedAt || now - failed.at <= FAILURE_MEMORY_MS)) throw failed.error;
  return look(caller, target, sight);
}

/** Looks whether it answers at this moment, whatever is known. `limitMs`: how long it may take. */
export async function probeNode(
  caller: SightsCaller,
  target: NodeTarget,
  limitMs = STATUS_BUDGET_MS,
): Promise<boolean> {
  try {
    await look(caller, target, sightOf(caller.config, target.nodeId), limitMs);
    return true;
  } catch {
    return false;
  }
}

/** What looks of others have found after that time, or that one is under way; null: there was none. */
export function newsSince(
  config: GatewayConfig,
  { nodeId }: NodeTarget,
  sinceMs: number,
): 'lives' | 'away' | 'looked at' | null {
  const { seen, failed, lookingSince } = sightOf(config, nodeId);
  if (seen !== null && seen.at > sinceMs) return 'lives';
  if (failed !== null && failed.at > sinceMs) return 'away';
  return Date.now() - lookingSince <= STATUS_BUDGET_MS ? 'looked at' : null;
}

/** Forgets what was seen: the next call looks again. For when a call found the node away or started anew. */
export function forgetNodeStatus(config: GatewayConfig, { nodeId }: NodeTarget): void {
  sightOf(config, nodeId).seen = null;
}

/** A call is sent there from here; returns how to say that it has ended. To a node that has failed, one call at a time. */
export function noteSent(config: GatewayConfig, { nodeId }: NodeTarget): () => void {
  const sight = sightOf(config, nodeId);
  const { sentSince: sent } = sight;
  const call = Symbol('call');
  sent.add(call);
  if (sight.failures > 0) sight.coolUntil = Date.now() + TRIAL_MS;
  return () => {
    sent.delete(call);
  };
}

/**
 * A call that was sent there at this time failed, and not by its own fault: the node is tried last for a while, longer each time. Calls that
 * were under way when one failed fail with it: they are one failure.
 */
export function noteFailed(config: GatewayConfig, { nodeId }: NodeTarget, sentAtMs: number): void {
  const sight = sightOf(config, nodeId);
  if (sentAtMs <= sight.callFailedAt) return;
  sight.callFailedAt = Date.now();
  sight.failures += 1;
  sight.coolUntil = Date.now() + Math.min(FIRST_COOLING_MS * 2 ** (sight.failures - 1), LONGEST_COOLING_MS);
}

export function noteAnswered(config: GatewayConfig, { nodeId }: NodeTarget): void {
  sightOf(config, nodeId).failures = 0;
}

export function isCooling(config: GatewayConfig, { nodeId }: NodeTarget): boolean {
  const { failures, coolUntil } = sightOf(config, nodeId);
  return failures > 0 && Date.now() < coolUntil;
}

export function lastModels(config: GatewayConfig, { nodeId }: NodeTarget): readonly NodeModel[] | null {
  return sightOf(config, nodeId).lastModels;
}

/** How many calls were sent there from here since its status was seen, and are under way. */
export function sentSince(config: GatewayConfig, { nodeId }: NodeTarget): number {
  return sightOf(config, nodeId).sentSince.size;
}

/** When the oldest call ended that the node has not been told to forget, as its last status said, in Unix milliseconds. */
export function oldestUntoldMs(config: GatewayConfig, { nodeId }: NodeTarget): number | null {
  return sightOf(config, nodeId).seen?.status.journal?.oldestEndedAt ?? null;
}

function sightOf(config: GatewayConfig, nodeId: string): Sight {
  let sights = sightsBySettings.get(config);
  if (sights === undefined) {
    sights = new Map();
    sightsBySettings.set(config, sights);
  }
  let sight = sights.get(nodeId);
  if (sight === undefined) {
    sight = {
      seen: null,
      failed: null,
      lookingSince: 0,
      callFailedAt: 0,
      renewingSince: 0,
      sentSince: new Set(),
      lastModels: null,
      failures: 0,
      coolUntil: 0,
    };
    sights.set(nodeId, sight);
  }
  return sight;
}

function renewBehind(caller: SightsCaller, target: NodeTarget, sight: Sight, now: number): void {
  // The time is kept, not only the fact: a renewal whose request was ended must not stop all later ones.
  if (now - sight.renewingSince <= STATUS_BUDGET_MS) return;
  sight.renewingSince = now;
  caller.waitUntil(
    look(caller, target, sight).then(
      () => void (sight.renewingSince = 0),
      () => void (sight.renewingSince = 0),
    ),
  );
}

async function look(
  caller: SightsCaller,
  target: NodeTarget,
  sight: Sight,
  limitMs = STATUS_BUDGET_MS,
): Promise<NodeStatus> {
  sight.lookingSince = Date.now();
  try {
    const status = await askStatus(caller, target, limitMs);
    Object.assign(sight, { seen: { status, at: Date.now() }, failed: null, sentSince: new Set() });
    // While an engine starts it names none of the models that it is about to serve.
    if (status.engine === 'ready') sight.lastModels = status.models;
    return status;
  } catch (error) {
    const failure = describeFailure(error);
    const wasSilent = error instanceof ApiError && error.code === 'node_timeout';
    Object.assign(sight, { seen: null, failed: { error: failure, at: Date.now(), wasSilent } });
    throw failure;
  } finally {
    sight.lookingSince = 0;
  }
}

async function askStatus(caller: SightsCaller, target: NodeTarget, limitMs: number): Promise<NodeStatus> {
  if (target.kind === 'openai') return askOriginStatus(caller, target, limitMs);
  const question = { method: 'GET', path: NODE_PATH.status, timeoutMs: limitMs } as const;
  const status = await askNode(caller, target, question, nodeStatusSchema);
  if (status.nodeId !== target.nodeId) throw unusable('another node answers there than the one that is meant');
  const { protocolVersion: newest, oldestProtocolVersion: oldest } = status;
  const tooOld = whoIsTooOld({ newest, oldest });
  if (tooOld !== null) {
    const whose = tooOld === 'they' ? 'node' : 'gateway';
    throw unusable(
      `the node speaks protocol ${newest}, this gateway ${NODE_PROTOCOL_VERSION}; update the ${whose}, which is too old`,
    );
  }
  return status;
}

function describeFailure(error: unknown): ApiError {
  if (!(error instanceof ApiError)) return new ApiError('node_offline', { reason: 'the status could not be read' });
  return error.code === 'node_error' ? error : new ApiError('node_offline', { reason: error.reason ?? error.code });
}

function unusable(reason: string): ApiError {
  return new ApiError('node_error', { reason });
}
