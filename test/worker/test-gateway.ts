// What tests of the data plane start from: a gateway in workerd with real KV and objects, a key made through its own admin
// API, and a loopback node of the test file's own.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { inject } from 'vitest';
import type { CreatedApiKey } from '../../protocol/admin/admin-key.ts';
import { createApp, type GatewayApp } from '../../worker/src/app.ts';
import { gatewayConfig } from '../../worker/src/config/gateway-config.ts';
import type { GatewayConfig } from '../../worker/src/config/gateway-config-schema.ts';
import type { GatewayEnv } from '../../worker/src/gateway-env.ts';
import type { RequestRecord } from '../../worker/src/middleware/request-record.ts';
import { createKey, createUser } from './admin-api.ts';
import type { NodeEvent } from '../loopback-node/node-event.ts';

export const GATEWAY = 'http://127.0.0.1';

export type TestGateway = {
  app: GatewayApp;
  env: GatewayEnv;
  config: GatewayConfig;
  /** The records of finished requests, as the log would have them. */
  records: RequestRecord[];
  /** Sends a request and waits until everything that it started has ended. */
  send: (path: string, init?: RequestInit) => Promise<Response>;
};

/** A gateway with settings of the test's own, which has seen no node yet. */
export function testGateway(settings: Partial<Record<string, unknown>> = {}): TestGateway {
  const own = { ...env, NODE_DIRECTORY: newDirectory(), ...settings } as GatewayEnv;
  const config = gatewayConfig(own);
  const records: RequestRecord[] = [];
  const app = createApp(config, (record) => records.push({ ...record }));
  return {
    app,
    env: own,
    config,
    records,
    async send(path, init) {
      const context = createExecutionContext();
      const response = await app.fetch(new Request(GATEWAY + path, init), own, context);
      // Read before waiting: a stream ends only when somebody reads it.
      const body = response.body === null ? null : await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return new Response(body, response);
    },
  };
}

/** A directory that has seen no node yet: gateways that are given the same one are isolates of one gateway. */
export function newDirectory(): Pick<GatewayEnv['NODE_DIRECTORY'], 'getByName'> {
  const name = crypto.randomUUID();
  return { getByName: () => env.NODE_DIRECTORY.getByName(name) };
}

/** Sends a request through the Worker's own entry, as a client would. */
export function fetchGateway(path: string, init?: RequestInit): Promise<Response> {
  return exports.default.fetch(new Request(GATEWAY + path, init));
}

/** Makes a key of a fresh user, through the admin API. */
export async function makeKey(fields: { models?: string[] } = {}): Promise<CreatedApiKey> {
  const user = await createUser();
  return createKey(user.id, fields);
}

/** A POST of JSON with a key. */
export function jsonCall(key: string, body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** A chat request for one of the loopback node's scripted models. */
export function chat(model: string, content = 'hello there', more: object = {}): object {
  return { model, messages: [{ role: 'user', content }], ...more };
}

export type TestNode = {
  origin: string;
  events: () => Promise<NodeEvent[]>;
  /** Resolves with the first event, past or to come, of this type: of the given call or key, for the given model, on the path. */
  waitFor: (
    type: NodeEvent['type'],
    which?: { callId?: string; keyId?: string; model?: string; path?: string },
  ) => Promise<NodeEvent>;
  setState: (state: Record<string, unknown>) => Promise<void>;
  reboot: () => Promise<void>;
  /** Lets the held answers of `waits-for-release` go. */
  release: (how: 'answer' | 'break') => Promise<void>;
  kill: () => Promise<void>;
};

/** Starts a stand-in for a server of another maker: nothing but its origin, what happens to it and its end are its own. */
export function testForeignServer(): Promise<Pick<TestNode, 'origin' | 'events' | 'waitFor' | 'kill'>> {
  return testNode(undefined, '/foreign');
}

/** Starts a loopback node of the test's own, maybe with an id; 0 is the one that the Worker itself is configured for. */
export async function testNode(which?: number | string, kind = '/nodes'): Promise<TestNode> {
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(inject('loopbackControl') + path, { method });
    return response.json<{ number: number; origin: string; events: NodeEvent[]; found?: NodeEvent }>();
  };
  const create = which === undefined ? kind : `${kind}?id=${which}`;
  const node = await (typeof which === 'number' ? ask(`/nodes/${which}`) : ask(create, 'POST'));
  const base = `/nodes/${node.number}`;
  return {
    origin: node.origin,
    events: async () => (await ask(`${base}/events`)).events,
    async waitFor(type, which = {}) {
      const { found } = await ask(`${base}/events?${new URLSearchParams({ type, ...which }).toString()}`);
      if (found === undefined) throw new Error('the control server waited for nothing');
      return found;
    },
    async setState(state) {
      const query = Object.entries(state).map(
        ([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`,
      );
      await ask(`${base}/state?${query.join('&')}`, 'POST');
    },
    async reboot() {
      await ask(`${base}/reboot`, 'POST');
    },
    async release(how) {
      await ask(`${base}/release?${how}`, 'POST');
    },
    async kill() {
      await ask(`${base}/kill`, 'POST');
    },
  };
}
