// Runs in Node beside the tests in workerd: a control server through which a test file starts loopback nodes of its own,
// changes them, and waits for what happens to them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestProject } from 'vitest/node';
import { parseGatewayKeySet } from '../../inference-node/config/gateway-key-set.ts';
import { TEST_NODE_SIGNING_KEY } from '../worker/test-bindings.ts';
import { ForeignServer } from './foreign-server.ts';
import { LoopbackNode, sendJson } from './loopback-node.ts';
import { killServer, listenOnLoopback } from './loopback-server.ts';
import type { NodeEvent } from './node-event.ts';

const NODE_ID = 'home';

type Running = { node: LoopbackNode | ForeignServer; origin: string };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const keySet = publicKeySet();
  const nodes: Running[] = [];
  const start = async (kind = 'nodes', id = NODE_ID): Promise<number> => {
    const node = kind === 'foreign' ? new ForeignServer() : new LoopbackNode(id, keySet);
    return nodes.push({ node, origin: await node.listen() }) - 1;
  };
  const control = createServer((request, response) => {
    void answerControl(request, response, { nodes, start });
  });
  await start();
  project.provide('loopbackOrigin', nodes[0]?.origin ?? '');
  project.provide('loopbackControl', await listenOnLoopback(control));
  return async () => {
    await Promise.all([killServer(control), ...nodes.map(({ node }) => node.kill())]);
  };
}

function publicKeySet() {
  const { kty, crv, kid, x } = TEST_NODE_SIGNING_KEY;
  const parsed = parseGatewayKeySet(JSON.stringify({ keys: [{ kty, crv, kid, x }] }));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keySet;
}

type Control = { nodes: Running[]; start: (kind?: string, id?: string) => Promise<number> };

/**
 * `POST /nodes[?id=…]`, `POST /foreign`; `POST /nodes/N/{state,reboot,release,kill}`;
 * `GET /nodes/N/events[?type=…&callId=…&keyId=…&model=…&path=…]`.
 */
async function answerControl(request: IncomingMessage, response: ServerResponse, { nodes, start }: Control) {
  const url = new URL(request.url ?? '', 'http://control');
  const [, kind, index, action] = url.pathname.split('/');
  const number = index === undefined ? await start(kind, url.searchParams.get('id') ?? undefined) : Number(index);
  const running = nodes[number];
  if (running === undefined) {
    sendJson(response, 404, {});
    return;
  }
  const { node, origin } = running;
  if (node instanceof LoopbackNode) {
    if (action === 'state') Object.assign(node.state, Object.fromEntries([...url.searchParams].map(parseState)));
    if (action === 'reboot') node.reboot();
    if (action === 'release') node.release(url.searchParams.has('break') ? 'break' : 'answer');
  }
  if (action === 'kill') await node.kill();
  const { type, ...which } = Object.fromEntries(url.searchParams);
  const waits = action === 'events' && type !== undefined;
  const found = waits ? await node.log.waitFor((event) => event.type === type && hasAll(event, which)) : undefined;
  sendJson(response, 200, { number, origin, events: node.log.events, found });
}

function hasAll(event: NodeEvent, { callId, keyId, model, path }: Record<string, string>): boolean {
  if (keyId !== undefined && event.claims?.key !== keyId) return false;
  if (callId !== undefined && event.callId !== callId) return false;
  if (path !== undefined && event.path !== path) return false;
  return model === undefined || event.body?.includes(`"model":"${model}"`) === true;
}

function parseState([name, value]: [string, string]): [string, unknown] {
  return [name, JSON.parse(value)];
}
