// A node is looked at once at a time: however many ask anew while it is silent, it has one question; and one more when something has
// changed there meanwhile.
import { expect, it } from 'vitest';
import type { NodeTarget } from '../../../worker/src/nodes/node-target.ts';
import { WatchedNode } from '../../../worker/src/nodes/watched-node.ts';
import { testGateway, testNode } from '../test-gateway.ts';

async function watched(): Promise<WatchedNode> {
  const loopback = await testNode();
  await loopback.setState({ frozen: true });
  const { env, config } = testGateway({ NODE_ORIGIN: loopback.origin });
  const use = { nodeId: config.nodeId, models: null, weight: 1, draining: false };
  const target: NodeTarget = { ...use, kind: 'origin', origin: loopback.origin, isBound: false };
  return WatchedNode.lookedAt({ env, config }, target);
}

it('a look that runs is the one of everybody who asks meanwhile', async () => {
  const node = await watched();
  const { looking } = node;
  node.look(Infinity);
  expect(node.looking).toBe(looking);
  await looking;
  expect(node.view()?.seen).toMatchObject({ ok: false, error: { code: 'node_offline' } });
});

it('a look that ran while something changed is followed by one more', async () => {
  const node = await watched();
  const early = node.looking;
  node.lookAnew();
  expect(node.looking).toBe(early);
  await early;
  const late = node.looking;
  expect(late).not.toBeNull();
  await late;
  expect(node.looking).toBeNull();
});
