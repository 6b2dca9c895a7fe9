// `/admin/nodes`. A node's token is in the answer that made it and in no other.
import type * as z from 'zod';
import {
  addedAdminNodeSchema,
  adminNodeListSchema,
  adminNodeSchema,
  deletedNodeSchema,
  newAdminNodeSchema,
  type AddedAdminNode,
  type AdminNode,
  type createNodeSchema,
  type NewAdminNode,
  type updateNodeSchema,
} from '../../protocol/admin/admin-node.ts';
import { adminRequest, type AdminTarget } from './admin-request.ts';

export class NodesClient {
  readonly #target: AdminTarget;

  constructor(target: AdminTarget) {
    this.#target = target;
  }

  create(node: z.input<typeof createNodeSchema>): Promise<AddedAdminNode> {
    const call = { method: 'POST', path: '/admin/nodes', body: node, answer: addedAdminNodeSchema } as const;
    return adminRequest(this.#target, call);
  }

  list(): Promise<{ object: 'list'; data: AdminNode[] }> {
    return adminRequest(this.#target, { method: 'GET', path: '/admin/nodes', answer: adminNodeListSchema });
  }

  show(id: string): Promise<AdminNode> {
    return adminRequest(this.#target, { method: 'GET', path: nodePath(id), answer: adminNodeSchema });
  }

  update(id: string, change: z.input<typeof updateNodeSchema>): Promise<AdminNode> {
    const call = { method: 'PATCH', path: nodePath(id), body: change, answer: adminNodeSchema } as const;
    return adminRequest(this.#target, call);
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
