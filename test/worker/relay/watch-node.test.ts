// A node that holds a call and is silent: how soon it is given up, and what that costs.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NODE_PATH } from '../../../protocol/node/node-api.ts';
import { CallClock } from '../../../worker/src/call-clock.ts';
import type { GatewayCall } from '../../../worker/src/gateway-call.ts';
import { probeNode } from '../../../worker/src/nodes/node-sights.ts';
import type { NodeTarget } from '../../../worker/src/nodes/node-target.ts';
import { watchNode } from '../../../worker/src/relay/watch-node.ts';
import { testGateway, testNode, type TestNode } from '../test-gateway.ts';

/** What a call waits at most for a node that it could leave, in milliseconds. */
const CONNECT_BUDGET_MS = 2_000;

let node: TestNode;
let gateway: GatewayCall;
let target: NodeTarget;

beforeEach(async () => {
  node = await testNode();
  const { config, env } = testGateway({ NODE_ORIGIN: node.origin });
  gateway = {
    config,
    env,
    clock: new CallClock(),
    requestId: 'req_test',
    waitUntil: () => undefined,
  } as unknown as GatewayCall;
  const use = { nodeId: config.nodeId, models: null, weight: 1, draining: false };
  target = { ...use, kind: 'origin', origin: node.origin, isBound: false };
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function watch(mayLeave: boolean): { aborted: Promise<unknown>; signal: AbortSignal; stop: () => void } {
  const ender = new AbortController();
  const { signal } = ender;
  const aborted = new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(signal.reason);
    });
  });
  return { aborted, signal, stop: watchNode(gateway, target, { ender, mayLeave: () => mayLeave }) };
}

async function questions(): Promise<number> {
  return (await node.events()).filter(({ path }) => path === NODE_PATH.status).length;
}

describe('a node that is silent', () => {
  it('is left within the connect budget when another could answer', async () => {
    await node.setState({ frozen: true });
    const { aborted } = watch(true);
    await vi.advanceTimersByTimeAsync(CONNECT_BUDGET_MS);
    expect(await aborted).toMatchObject({ code: 'node_offline' });
  });

  it('has longer when there is no other', async () => {
    await node.setState({ frozen: true });
    const [patient, other] = [watch(false), watch(true)];
    await vi.advanceTimersByTimeAsync(2 * CONNECT_BUDGET_MS);
    // What the patient one was to do has been done by then.
    await other.aborted;
    expect(patient.signal.aborted).toBe(false);
    patient.stop();
  });
});

describe('a node that lives', () => {
  it('is looked at again when it was silent once', async () => {
    const { signal, stop } = watch(false);
    await node.setState({ frozen: true });
    const silent = probeNode(gateway, target);
    await vi.advanceTimersByTimeAsync(CONNECT_BUDGET_MS);
    expect(await silent).toBe(false);
    await node.setState({ frozen: false });
    const before = await questions();
    await vi.advanceTimersByTimeAsync(3 * CONNECT_BUDGET_MS);
    while ((await questions()) === before);
    expect(signal.aborted).toBe(false);
    stop();
  });

  it('is not asked for each of the calls that wait for it', async () => {
    const watches = Array.from({ length: 9 }, () => watch(true));
    // All look at the same moment; the time stands still until the one question is answered.
    await vi.advanceTimersByTimeAsync(500);
    await probeNode(gateway, target);
    await vi.advanceTimersByTimeAsync(400);
    // Behind whatever they have asked.
    await probeNode(gateway, target);
    for (const { stop } of watches) stop();
    expect(await questions()).toBe(3);
  });
});
