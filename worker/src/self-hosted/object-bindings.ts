// What the processes that answer calls say to the one that has the objects, and it to them: by which names.
import type { GatewayEnv } from '../gateway-env.ts';

/** A binding of objects' namespaces. */
export type ObjectBinding = {
  [Name in keyof GatewayEnv]: GatewayEnv[Name] extends { getByName: unknown } ? Name : never;
}[keyof GatewayEnv] &
  string;

/** Each of them, or it is not reached: a new class does not compile without its line here. */
const BINDINGS: Readonly<Record<ObjectBinding, true>> = {
  ACCOUNT: true,
  REGISTRY: true,
  NODE_LINK: true,
  NODE_DIRECTORY: true,
};
export const OBJECT_BINDINGS = Object.keys(BINDINGS) as readonly ObjectBinding[];

/** Names the node whose link a fetched call is for. */
export const LINKED_NODE_HEADER = 'x-hearthkey-linked-node';
