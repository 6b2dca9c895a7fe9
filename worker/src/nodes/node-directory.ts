// The one object that looks at the nodes for all isolates, so that a node is asked for its status once and not once by each. It asks only
// when it is asked and what it has is too old for whoever asks, or a link has opened or closed meanwhile, so that it sleeps when there are
// no calls. All in memory: when it restarts, it looks anew.
import { DurableObject } from 'cloudflare:workers';
import type {
  DirectoryQuestion,
  DirectorySnapshot,
  NodeObservation,
  NodePlace,
} from '../../../protocol/objects/node-directory.ts';
import type { NodeRecord } from '../../../protocol/objects/registry-administration.ts';
import { gatewayConfig } from '../config/gateway-config.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { steadyNow } from '../isolate/steady-clock.ts';
import { awaitEnough } from './await-enough.ts';
import { isEnough, isWaitedFor } from './look-until.ts';
import { isAt, placeOf } from './node-target.ts';
import type { NodeView } from './node-view.ts';
import { openTargets } from './open-targets.ts';
import { readRecords } from './read-records.ts';
import { WatchedNode } from './watched-node.ts';

/** A look at the list and at all nodes. `listed`: settles when the list was read, or could not be. */
type Round = { begunAt: number; listed: Promise<void> };

export class NodeDirectory extends DurableObject<GatewayEnv> implements NodeObservation {
  #round: Round | null = null;
  #list: { records: readonly NodeRecord[]; at: number } | null = null;
  /** In the order of the list, the one of the settings first. */
  #nodes: readonly WatchedNode[] = [];

  async snapshot({ maxAgeMs, until }: DirectoryQuestion): Promise<DirectorySnapshot> {
    const round = this.#roundOf(maxAgeMs);
    await round.listed;
    const waitedFor = this.#nodes.filter(({ target }) => isWaitedFor(target, until));
    const looks = waitedFor.map(({ looking }) => looking).filter((looking) => looking !== null);
    await awaitEnough(looks, () => isEnough(this.#views(), until));
    return this.#describe(round);
  }

  noteFailed(place: NodePlace, sentAgoMs: number): Promise<void> {
    const now = steadyNow();
    this.#at(place)?.cooling.noteFailed(now - sentAgoMs, now);
    return Promise.resolve();
  }

  noteAnswered(place: NodePlace): Promise<void> {
    this.#at(place)?.cooling.noteAnswered(steadyNow());
    return Promise.resolve();
  }

  noteLink(nodeId: string): Promise<void> {
    const node = this.#at({ nodeId, origin: null });
    // Perhaps it was added since the list was read.
    if (node === undefined) this.#round = null;
    else node.lookAnew();
    return Promise.resolve();
  }

  /** The last one, or a new one when that is too old. */
  #roundOf(maxAgeMs: number): Round {
    const now = steadyNow();
    const last = this.#round;
    if (last !== null && now - last.begunAt < maxAgeMs) return last;
    // Those that are known are looked at while the list is read.
    for (const node of this.#nodes) node.look(now - maxAgeMs);
    const round = { begunAt: now, listed: this.#readList(now) };
    this.#round = round;
    return round;
  }

  /** Without an answer the last list holds, and without one the node of the settings. */
  async #readList(now: number): Promise<void> {
    const records = await readRecords(this.env);
    if (records === null && this.#nodes.length > 0) return;
    const caller = { env: this.env, config: gatewayConfig(this.env) };
    const targets = await openTargets(caller, records ?? []);
    // Somebody who asked later was answered sooner.
    if (this.#list !== null && this.#list.at > now) return;
    if (records !== null) this.#list = { records, at: now };
    const known = this.#nodes;
    this.#nodes = targets.map((target) => {
      const node = known.find((one) => isAt(one.target, placeOf(target)));
      if (node === undefined) return WatchedNode.lookedAt(caller, target);
      node.target = target;
      return node;
    });
  }

  #views(): NodeView[] {
    return this.#nodes.map((node) => node.view()).filter((view) => view !== null);
  }

  #at(place: NodePlace): WatchedNode | undefined {
    return this.#nodes.find(({ target }) => isAt(target, place));
  }

  #describe(round: Round): DirectorySnapshot {
    const now = steadyNow();
    const list = this.#list;
    return {
      agoMs: now - round.begunAt,
      list: list === null ? null : { records: list.records, agoMs: now - list.at },
      sightings: this.#nodes.map((node) => node.describe(now)),
    };
  }
}
