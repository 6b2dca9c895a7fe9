// What the isolate knows of each node, as values: its last status, or that it was away, from the directory or by a look of its own; how its own
// calls fared there; and how many of them it has there that no status counts yet.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeModel, NodeStatus } from '../../../protocol/node/node-api.ts';
import type { NodeSighting } from '../../../protocol/objects/node-directory.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { tellDirectory } from './ask-node-directory.ts';
import { askStatus, STATUS_BUDGET_MS, type StatusAnswer } from './ask-status.ts';
import { USABLE_MS } from './freshness.ts';
import { NodeCooling } from './node-cooling.ts';
import { lastTargets } from './node-list.ts';
import { placeOf, type NodeTarget } from './node-target.ts';
import type { NodeView } from './node-view.ts';

/** Other isolates hear at most so often that calls fail at a node, in milliseconds. */
const TELL_EVERY_MS = 1_000;

type Failed = { error: ApiError; at: number; wasSilent: boolean };

type Sight = {
  /** At most one of the two is there. `at`: when the node was asked. */
  seen: { status: NodeStatus; at: number } | null;
  /** `at`: when it was given up. */
  failed: Failed | null;
  /** When the directory was waiting for its first answer, as long as nothing else is known; -Infinity: it was not. */
  awaitedAt: number;
  /** What was seen before this time is not believed. */
  doubtedAt: number;
  /** Calls from here that have not ended, by when they were sent: a status of before does not count them. */
  sent: Map<symbol, number>;
  /** What it served when it was last seen ready; null: it never was. */
  lastModels: readonly NodeModel[] | null;
  /** When the isolate's own look that runs was begun; 0: none runs. */
  lookingSince: number;
  /** What the isolate's own last look found, and when; null: there was none. */
  looked: { answered: boolean; at: number } | null;
  cooling: NodeCooling;
  /** When others were last told that a call failed there. */
  toldAt: number;
};

export type SightsCaller = Pick<GatewayCall, 'env' | 'config' | 'requestId' | 'waitUntil'>;

/** By node id, by the settings that they belong to. */
const sightsBySettings = new WeakMap<GatewayConfig, Map<string, Sight>>();

/** What was last seen of it, or that it has not answered yet. */
export function viewOf(config: GatewayConfig, target: NodeTarget): NodeView {
  const { seen, failed, lastModels } = sightOf(config, target.nodeId);
  if (seen !== null) return { target, seen: { ok: true, status: seen.status }, lastModels };
  return { target, seen: { ok: false, error: failed?.error ?? neverSeen() }, lastModels };
}

function neverSeen(): ApiError {
  return new ApiError('node_offline', { reason: 'the node has not answered yet' });
}

/** When what is known was so, by the isolate's steady clock; -Infinity: nothing is known. */
export function seenAt(config: GatewayConfig, { nodeId }: NodeTarget): number {
  const { seen, failed, awaitedAt } = sightOf(config, nodeId);
  return seen?.at ?? failed?.at ?? awaitedAt;
}

/** Since when news are wanted of a node of which nothing is believed now; -Infinity: any will do. */
export function doubtedSince(config: GatewayConfig, { nodeId }: NodeTarget): number {
  const { seen, failed, doubtedAt } = sightOf(config, nodeId);
  return seen === null && failed === null ? doubtedAt : -Infinity;
}

/** Takes over what the directory saw, as far as it is news. */
export function takeSighting(config: GatewayConfig, { nodeId, found, trouble }: NodeSighting): void {
  const sight = sightOf(config, nodeId);
  const now = steadyNow();
  if (trouble !== null) sight.cooling.learn(trouble, now);
  if (found === null) {
    sight.awaitedAt = now;
    return;
  }
  const at = now - found.agoMs;
  if (at < sight.doubtedAt || at <= (sight.seen?.at ?? sight.failed?.at ?? -Infinity)) return;
  if (found.ok) keepSeen(sight, found.status, at);
  else keepFailed(sight, { error: new ApiError(found.code, { reason: found.reason }), at, wasSilent: false });
}

/** The isolate looks for itself. A node that was silent is looked at by one call at a time, or each would wait for it. */
export async function lookAtNode(caller: SightsCaller, target: NodeTarget): Promise<NodeView> {
  const sight = sightOf(caller.config, target.nodeId);
  const isLookedAt = sight.failed?.wasSilent === true && steadyNow() - sight.lookingSince <= STATUS_BUDGET_MS;
  if (!isLookedAt) await look(caller, target, sight);
  return viewOf(caller.config, target);
}

/** The status of a node that was seen not long ago, or else of a look of this moment. Throws what is the matter with it. */
export async function nodeStatus(caller: SightsCaller, target: NodeTarget): Promise<NodeStatus> {
  const { seen } = sightOf(caller.config, target.nodeId);
  if (seen !== null && steadyNow() - seen.at <= USABLE_MS) return seen.status;
  return newStatus(caller, target);
}

/** Its status of this moment. Throws what is the matter with it. */
export async function newStatus(caller: SightsCaller, target: NodeTarget): Promise<NodeStatus> {
  const answer = await look(caller, target, sightOf(caller.config, target.nodeId));
  if (!answer.ok) throw answer.error;
  return answer.status;
}

/** Looks whether it answers at this moment, whatever is known. `limitMs`: how long it may take. */
export async function probeNode(caller: SightsCaller, target: NodeTarget, limitMs?: number): Promise<boolean> {
  return (await look(caller, target, sightOf(caller.config, target.nodeId), limitMs)).ok;
}

/** What looks of other calls here have found after that time, or that one is under way; null: there was none. */
export function newsSince(
  config: GatewayConfig,
  { nodeId }: NodeTarget,
  sinceMs: number,
): 'lives' | 'away' | 'looked at' | null {
  const { looked, lookingSince } = sightOf(config, nodeId);
  if (looked !== null && looked.at > sinceMs) return looked.answered ? 'lives' : 'away';
  return steadyNow() - lookingSince <= STATUS_BUDGET_MS ? 'looked at' : null;
}

/** Believes nothing that was seen up to now. For when a call found the node away or started anew. */
export function forgetNodeStatus(config: GatewayConfig, { nodeId }: NodeTarget): void {
  Object.assign(sightOf(config, nodeId), { seen: null, doubtedAt: steadyNow() });
}

/** A call is sent there from here; returns how to say that it has ended. */
export function noteSent(config: GatewayConfig, { nodeId }: NodeTarget): () => void {
  const { sent, cooling } = sightOf(config, nodeId);
  const call = Symbol('call');
  const now = steadyNow();
  sent.set(call, now);
  cooling.noteTrial(now);
  return () => {
    sent.delete(call);
  };
}

/** A call that was sent there at this time failed, and not by its own fault: the node is tried last for a while, by other isolates too. */
export function noteFailed(caller: SightsCaller, target: NodeTarget, sentAtMs: number): void {
  const sight = sightOf(caller.config, target.nodeId);
  const now = steadyNow();
  if (!sight.cooling.noteFailed(sentAtMs, now) || now - sight.toldAt < TELL_EVERY_MS || isAlone(caller)) return;
  sight.toldAt = now;
  tellDirectory(caller, (directory) => directory.noteFailed(placeOf(target), now - sentAtMs));
}

export function noteAnswered(caller: SightsCaller, target: NodeTarget): void {
  if (!sightOf(caller.config, target.nodeId).cooling.noteAnswered(steadyNow()) || isAlone(caller)) return;
  tellDirectory(caller, (directory) => directory.noteAnswered(placeOf(target)));
}

/** With one node there is nothing to choose. */
function isAlone({ config }: SightsCaller): boolean {
  return lastTargets(config).length <= 1;
}

export function isCooling(config: GatewayConfig, { nodeId }: NodeTarget): boolean {
  return sightOf(config, nodeId).cooling.isCooling(steadyNow());
}

/** How many calls were sent there from here since its status was seen, and are under way. */
export function sentSince(config: GatewayConfig, { nodeId }: NodeTarget): number {
  const { sent, seen } = sightOf(config, nodeId);
  let count = 0;
  for (const at of sent.values()) if (seen === null || at >= seen.at) count += 1;
  return count;
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
      awaitedAt: -Infinity,
      doubtedAt: -Infinity,
      sent: new Map(),
      lastModels: null,
      lookingSince: 0,
      looked: null,
      cooling: new NodeCooling(),
      toldAt: 0,
    };
    sights.set(nodeId, sight);
  }
  return sight;
}

async function look(caller: SightsCaller, target: NodeTarget, sight: Sight, limitMs?: number): Promise<StatusAnswer> {
  const begunAt = steadyNow();
  sight.lookingSince = begunAt;
  const answer = await askStatus(caller, target, limitMs);
  Object.assign(sight, { lookingSince: 0, looked: { answered: answer.ok, at: steadyNow() } });
  if (answer.ok) keepSeen(sight, answer.status, begunAt);
  else keepFailed(sight, { error: answer.error, at: steadyNow(), wasSilent: answer.wasSilent });
  return answer;
}

function keepSeen(sight: Sight, status: NodeStatus, at: number): void {
  Object.assign(sight, { seen: { status, at }, failed: null, awaitedAt: -Infinity });
  // While an engine starts it names none of the models that it is about to serve.
  if (status.engine === 'ready') sight.lastModels = status.models;
}

function keepFailed(sight: Sight, failed: Failed): void {
  Object.assign(sight, { seen: null, failed, awaitedAt: -Infinity });
}
