// What is done with nodes, each act with its audit entry.
import type { AuditActor } from '../../../protocol/objects/audit-actor.ts';
import type {
  NodeChange,
  OriginServer,
  NodeRecord,
  NodeSettings,
  RegistryAnswer,
} from '../../../protocol/objects/registry-administration.ts';
import { changedFields } from '../audit/changed-fields.ts';
import type { NodeRecords } from './node-records.ts';
import { accept, refuse } from './registry-answer.ts';
import type { RegistryAudit } from './registry-audit.ts';

/** Far more boxes than one gateway can keep links to. */
const MAX_NODES = 100;

export type NodeAdministrationParts = {
  storage: DurableObjectStorage;
  nodes: NodeRecords;
  audit: RegistryAudit;
};

/** All synchronous. Times in Unix seconds. */
export class NodeAdministration {
  readonly #parts: NodeAdministrationParts;

  constructor(parts: NodeAdministrationParts) {
    this.#parts = parts;
  }

  create(
    node: NodeSettings & { nodeId: string; digest: string | null },
    actor: AuditActor,
    now: number,
  ): RegistryAnswer<NodeRecord> {
    const { storage, nodes, audit } = this.#parts;
    const { nodeId: id } = node;
    if (nodes.read(id, now) !== null) return refuse('node_id_taken');
    if (nodes.count() >= MAX_NODES) return refuse('too_many_nodes');
    return storage.transactionSync(() => {
      nodes.insert(node, now);
      const after = this.#readWritten(id, now);
      audit.append({ actor, action: 'node.create', target: id, before: null, after: describeNode(after) });
      return accept(after);
    });
  }

  update(id: string, change: NodeChange, actor: AuditActor, now: number): RegistryAnswer<NodeRecord> {
    const { storage, nodes, audit } = this.#parts;
    const before = nodes.read(id, now);
    if (before === null) return refuse('node_not_found');
    const { sealedBearer, ...use } = change;
    if (sealedBearer !== undefined && before.server === null) return refuse('node_without_bearer');
    return storage.transactionSync(() => {
      nodes.write(id, { ...before, ...use, server: withBearer(before.server, sealedBearer) });
      const after = this.#readWritten(id, now);
      audit.append({
        actor,
        action: 'node.update',
        target: id,
        ...changedFields(describeNode(before), describeNode(after)),
      });
      return accept(after);
    });
  }

  /** The former token works on for `graceSeconds`; one that was former before ends now. */
  rotate(id: string, digest: string, graceSeconds: number, actor: AuditActor, now: number): RegistryAnswer<NodeRecord> {
    const { storage, nodes, audit } = this.#parts;
    const before = nodes.read(id, now);
    if (before === null) return refuse('node_not_found');
    if (before.kind !== 'link') return refuse('node_without_token');
    return storage.transactionSync(() => {
      nodes.rotate(id, digest, graceSeconds === 0 ? null : now + graceSeconds, now);
      const after = this.#readWritten(id, now);
      const changed = changedFields(describeNode(before), describeNode(after));
      audit.append({ actor, action: 'node.rotate', target: id, ...changed });
      return accept(after);
    });
  }

  /** Says nothing new, so it is no act. */
  resealBearer(id: string, former: string, renewed: string, now: number): void {
    const { nodes } = this.#parts;
    const node = nodes.read(id, now);
    if (node?.server?.sealedBearer === former) nodes.write(id, { ...node, server: withBearer(node.server, renewed) });
  }

  delete(id: string, actor: AuditActor, now: number): RegistryAnswer<null> {
    const { storage, nodes, audit } = this.#parts;
    const before = nodes.read(id, now);
    if (before === null) return refuse('node_not_found');
    storage.transactionSync(() => {
      nodes.delete(id);
      audit.append({ actor, action: 'node.delete', target: id, before: describeNode(before), after: null });
    });
    return accept(null);
  }

  #readWritten(id: string, now: number): NodeRecord {
    const record = this.#parts.nodes.read(id, now);
    if (record === null) throw new Error('a node that was just written is not there');
    return record;
  }
}

/** `sealedBearer` undefined: it stays as it is. */
function withBearer(server: OriginServer | null, sealedBearer: string | null | undefined): OriginServer | null {
  return server === null || sealedBearer === undefined ? server : { ...server, sealedBearer };
}

/** In the audit's words, which are the admin API's. */
function describeNode(node: NodeRecord): Record<string, unknown> {
  const { kind, origin, server, models, weight, draining, createdAt, formerEndsAt } = node;
  // The first part of a sealed bearer is random: it tells that there is another one, and nothing else.
  const bearer = server?.sealedBearer?.split('.')[0] ?? null;
  const place = { kind, origin, ...(kind === 'openai' ? { bearer } : {}) };
  return { ...place, models, weight, draining, created_at: createdAt, former_ends_at: formerEndsAt };
}
