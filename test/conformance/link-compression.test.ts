// Requirement: what one user sends over a node's link cannot be guessed from the lengths of frames by another who shares it: the link is not
// compressed, also for who offers it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { LINK_PATH } from '../../protocol/node/node-link.ts';
import { addNode } from './linked-node.ts';
import { adminTokenOf, startProduct } from './product.ts';

it('a link is opened without compression', async () => {
  await using product = await startProduct({ flags: ['--link', 'gpu'] });
  const headers = {
    authorization: `Bearer ${await addNode(product.gateway, adminTokenOf(product), 'gpu')}`,
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
  };
  const dialled = request(product.gateway + LINK_PATH, { headers }).end();
  const [answer, socket] = (await once(dialled, 'upgrade')) as [IncomingMessage, Socket];
  socket.destroy();
  expect(answer.headers).toMatchObject({ upgrade: expect.stringMatching(/^websocket$/i) as unknown });
  expect(answer.headers).not.toHaveProperty('sec-websocket-extensions');
});
