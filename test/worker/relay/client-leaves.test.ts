// A client that leaves stops the generation: the node sees its connection close, before the headers and within a stream.
import { beforeAll, describe, expect, it } from 'vitest';
import { chat, fetchGateway, jsonCall, makeKey, testNode, type TestNode } from '../test-gateway.ts';

/** The loopback node that the Worker's own entry calls. */
const WORKERS_NODE = 0;

let key: string;
let node: TestNode;

beforeAll(async () => {
  ({ key } = await makeKey());
  node = await testNode(WORKERS_NODE);
});

describe('security', () => {
  it('closes the node connection when the client leaves before the headers', async () => {
    const client = new AbortController();
    const call = { ...jsonCall(key, chat('silent-before-headers')), signal: client.signal };
    const answer = fetchGateway('/v1/chat/completions', call);
    const arrived = await node.waitFor('call', { model: 'silent-before-headers' });
    client.abort();
    await expect(answer).rejects.toThrow();
    await node.waitFor('closed', { callId: arrived.callId ?? '' });
  });

  it('closes the node connection when the client leaves an answer that was begun early', async () => {
    const response = await fetchGateway('/v1/chat/completions', jsonCall(key, chat('waits-for-release')));
    const callId = response.headers.get('x-hearthkey-call-id') ?? '';
    await response.body?.cancel();
    await node.waitFor('closed', { callId });
  });

  it('closes the node connection when the client leaves a stream whose prompt is still being read', async () => {
    const call = jsonCall(key, chat('silent-after-headers', 'x', { stream: true }));
    const response = await fetchGateway('/v1/chat/completions', call);
    const callId = response.headers.get('x-hearthkey-call-id') ?? '';
    const reader = response.body?.getReader();
    const ping: { value?: unknown } | undefined = await reader?.read();
    expect(new TextDecoder().decode(ping?.value as Uint8Array)).toBe(': ping\n\n');
    await reader?.cancel();
    await node.waitFor('closed', { callId });
  });

  it('closes the node connection when the client leaves a stream', async () => {
    const response = await fetchGateway(
      '/v1/chat/completions',
      jsonCall(key, chat('silent-after-one-event', 'x', { stream: true })),
    );
    const callId = response.headers.get('x-hearthkey-call-id') ?? '';
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
    await node.waitFor('closed', { callId });
    await node.waitFor('acknowledged', { callId });
  });
});
