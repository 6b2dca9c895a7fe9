// `/admin/nodes`. A node's token is in the answer that made it and in no other.
import {
  adminNodeListSchema,
  deletedNodeSchema,
  newAdminNodeSchema,
  type AdminNode,
  type NewAdminNode,
} from '../../protocol/admin/admin-node.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';

export class NodesClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  create(id: string): Promise<NewAdminNode> {
    const call = { method: 'POST', path: '/admin/nodes', body: { id }, answer: newAdminNodeSchema } as const;
    return adminRequest(this.#target, call);
  }

  list(): Promise<{ object: 'list'; data: AdminNode[] }> {
    return adminRequest(this.#target, { method: 'GET', path: '/admin/nodes', answer: adminNodeListSchema });
  }

  /** The former token works on for `graceSeconds`. */
  rotate(id: string, graceSeconds: number): Promise<NewAdminNode> {
    const body = { grace_seconds: graceSeconds };
    const call = { method: 'POST', path: `${nodePath(id)}/rotate`, body, answer: newAdminNodeSchema } as const;
    return adminRequest(this.#target, call);
  }

  delete(id: string): Promise<{ id: string; deleted: true }> {
    return adminRequest(this.#target, { method: 'DELETE', path: nodePath(id), answer: deletedNodeSchema });
  }
}

function nodePath(id: string): string {
  return `/admin/nodes/${encodeURIComponent(id)}`;
}
