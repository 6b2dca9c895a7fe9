// A node is looked at once at a time: however many ask anew while it is silent, it has one question.
import { expect, it } from 'vitest';
import type { NodeTarget } from '../../../worker/src/nodes/node-target.ts';
import { WatchedNode } from '../../../worker/src/nodes/watched-node.ts';
import { testGateway, testNode } from '../test-gateway.ts';

it('a look that runs is the one of everybody who asks meanwhile', async () => {
  const loopback = await testNode();
  await loopback.setState({ frozen: true });
  const { env, config } = testGateway({ NODE_ORIGIN: loopback.origin });
  const use = { nodeId: config.nodeId, models: null, weight: 1, draining: false };
  const target: NodeTarget = { ...use, kind: 'origin', origin: loopback.origin, isBound: false };
  const node = WatchedNode.lookedAt({ env, config }, target);
  const { looking } = node;
  node.look(Infinity);
  expect(node.looking).toBe(looking);
  await looking;
  expect(node.view()?.seen).toMatchObject({ ok: false, error: { code: 'node_offline' } });
});
