// Where the processes that answer calls reach the objects and the key index, which one process has for all of them: plain questions with
// plain answers. Bound to a socket that only this machine's owner may open; at the edge there is no such thing.
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { GatewayEnv } from '../gateway-env.ts';
import { LINKED_NODE_HEADER, OBJECT_BINDINGS, type ObjectBinding } from './object-bindings.ts';

type Methods = Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

export class ObjectPort extends WorkerEntrypoint<GatewayEnv> {
  /** Calls a method of an object, by the name of its class's binding and its own. Rejects as the method does. */
  async ask(binding: ObjectBinding, name: string, method: string, args: readonly unknown[]): Promise<unknown> {
    if (!OBJECT_BINDINGS.includes(binding)) throw new TypeError('no such object');
    // What its class can do is known on the other side, where the interface is.
    const object = this.env[binding].getByName(name) as unknown as Methods;
    return object[method]?.(...args);
  }

  /** Reads an entry of the key index. */
  readIndex(key: string): Promise<string | null> {
    return this.env.KEYS.get(key, 'text');
  }

  /** A call over the link of a node. */
  override fetch(request: Request): Promise<Response> {
    const node = request.headers.get(LINKED_NODE_HEADER);
    if (node === null) throw new TypeError('no node is named');
    const headers = new Headers(request.headers);
    headers.delete(LINKED_NODE_HEADER);
    return this.env.NODE_LINK.getByName(node).fetch(new Request(request, { headers }));
  }
}
