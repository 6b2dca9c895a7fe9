// The objects and the key index as the gateway's code knows them, over the port of the process that has them.
import type { GatewayEnv } from '../gateway-env.ts';
import { LINKED_NODE_HEADER, OBJECT_BINDINGS, type ObjectBinding } from './object-bindings.ts';
import type { ObjectPort } from './object-port.ts';

export type CallProcessEnv = Omit<GatewayEnv, ObjectBinding | 'KEYS'> & {
  /** The process that has the state: its objects, and the whole gateway. */
  OBJECTS: Service<ObjectPort>;
  STATE: Fetcher;
};

/** The environment of a gateway whose objects are far. Of the namespaces only what calls need is there. */
export function withFarObjects(env: CallProcessEnv): GatewayEnv {
  const { OBJECTS } = env;
  const namespaces = OBJECT_BINDINGS.map((binding) => [binding, farNamespace(OBJECTS, binding)] as const);
  const KEYS = { get: (key: string) => OBJECTS.readIndex(key) };
  const far: unknown = { ...env, ...Object.fromEntries(namespaces), KEYS };
  // Their one homes use `getByName` and `get` alone.
  return far as GatewayEnv;
}

type Port = CallProcessEnv['OBJECTS'];

function farNamespace(port: Port, binding: ObjectBinding) {
  return { getByName: (name: string) => farObject(port, binding, name) };
}

/** Every property is a method that asks. */
function farObject(port: Port, binding: ObjectBinding, name: string): object {
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set(LINKED_NODE_HEADER, name);
    return port.fetch(url, { ...init, headers });
  };
  return new Proxy(
    { fetch },
    {
      get: (own, method) => {
        if (method === 'fetch') return own.fetch;
        // Nobody may take it for a promise.
        if (typeof method === 'symbol' || method === 'then') return undefined;
        return (...args: readonly unknown[]) => port.ask(binding, name, method, args);
      },
    },
  );
}
