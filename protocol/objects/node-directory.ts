// The one object that looks at the nodes for all isolates: what they ask it, and what it tells. Plain values only.
import type { NodeStatus } from '../node/node-api.ts';
import type { NodeRecord } from './registry-administration.ts';

/** The name of the one NodeDirectory object. */
export const NODE_DIRECTORY_NAME = 'directory';

/** A model by its id or alias, or the first that is served out of some (null: out of all). */
export type ModelWish = string | { firstOf: readonly string[] | null };

/** Which nodes are waited for: all; those of these ids; or, until some serve a model, and a little longer, the others. */
export type LookUntil = 'all' | { nodes: readonly string[] } | { serves: ModelWish };

export type DirectoryQuestion = {
  /** The nodes are looked at anew when the last look at them began longer ago than so many milliseconds. */
  maxAgeMs: number;
  until: LookUntil;
};

/** A node by where it is looked for: two gateways' settings may mean another one by the same id. */
export type NodePlace = {
  nodeId: string;
  /** Its address; null: over its link. */
  origin: string | null;
};

/** What the last look at a node found, and how long ago, in milliseconds: the clocks of two machines differ. */
export type NodeFinding = { agoMs: number } & (
  | { ok: true; status: NodeStatus }
  /** No answer that could be used; the reason is for logs and operators. */
  | { ok: false; code: 'node_offline' | 'node_error'; reason: string }
);

/** Calls that failed at a node one after the other, in any isolate; none since the last that did not. */
export type NodeTrouble = { failures: number; changedAgoMs: number };

export type NodeSighting = NodePlace & {
  /** Null: the first look at it has not ended yet. */
  found: NodeFinding | null;
  /** Null: no isolate ever told of any. */
  trouble: NodeTrouble | null;
};

export type DirectorySnapshot = {
  /** How long ago the last look at all of them began, in milliseconds. */
  agoMs: number;
  /** The Registry's list; null: it has not answered yet. `agoMs`: how long ago it was asked. */
  list: { records: readonly NodeRecord[]; agoMs: number } | null;
  sightings: readonly NodeSighting[];
};

export interface NodeObservation {
  /** What is known of the nodes. Bounded in time: a node that is silent is told as it was last seen, or as away after two seconds. */
  snapshot(question: DirectoryQuestion): Promise<DirectorySnapshot>;
  /** A call that was sent to a node so many milliseconds ago failed, and not by its own fault. */
  noteFailed(place: NodePlace, sentAgoMs: number): Promise<void>;
  /** A node that had failed has answered a call. */
  noteAnswered(place: NodePlace): Promise<void>;
  /** The link of a node has opened or closed: what was seen over it before is no longer so. */
  noteLink(nodeId: string): Promise<void>;
}
