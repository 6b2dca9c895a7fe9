// Streams pass as they are; only a cut has a tail of the gateway's own.
import { beforeAll, describe, expect, it } from 'vitest';
import { SseDataParser } from '../../../protocol/inference/server-sent-events.ts';
import { usageOf } from '../accounts/limited-call.ts';
import {
  chat,
  fetchGateway,
  jsonCall,
  makeKey,
  testGateway,
  testNode,
  type TestGateway,
  type TestNode,
} from '../test-gateway.ts';

const CHAT = '/v1/chat/completions';

let key: string;
let node: TestNode;
let gateway: TestGateway;

beforeAll(async () => {
  ({ key } = await makeKey());
  node = await testNode();
  gateway = testGateway({ NODE_ORIGIN: node.origin });
});

function stream(model: string, content = 'x'): RequestInit {
  return jsonCall(key, chat(model, content, { stream: true }));
}

describe('happy', () => {
  it('hands the first event on while the node goes on writing', async () => {
    const response = await fetchGateway(CHAT, stream('silent-after-one-event'));
    const reader = response.body!.getReader();
    const chunk: { value?: unknown } = await reader.read();
    expect(new TextDecoder().decode(chunk.value as Uint8Array)).toContain('"content":"one"');
    await reader.cancel();
  });

  it('tells proxies not to hold it back, and caches not to keep it', async () => {
    const response = await gateway.send(CHAT, stream('echo'));
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('acknowledges the call to the node once it was counted', async () => {
    const response = await gateway.send(CHAT, stream('echo'));
    await node.waitFor('acknowledged', { callId: response.headers.get('x-hearthkey-call-id') ?? '' });
  });

  it('streams text completions too', async () => {
    const response = await gateway.send(
      '/v1/completions',
      jsonCall(key, { model: 'echo', prompt: 'a b', stream: true }),
    );
    expect(new SseDataParser().push(await response.text()).at(-1)).toBe('[DONE]');
  });
});

describe('error', () => {
  it('ends a stream that broke off with one error event and no [DONE]', async () => {
    const response = await gateway.send(CHAT, stream('breaks-inside-an-event'));
    expect(response.status).toBe(200);
    const events = new SseDataParser().push(await response.text());
    expect(events[0]).toContain('"content":"whole"');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
      error: { code: 'generation_failed', type: 'server_error' },
    });
    expect(events.filter((event) => event.startsWith('{"error"'))).toHaveLength(1);
    expect(events).not.toContain('[DONE]');
    expect(gateway.records.at(-1)).toMatchObject({ status: 200, outcome: 'upstream_lost' });
  });

  it.for([
    ['ends-too-early', 0],
    ['ends-as-if-whole', 5],
  ] as const)(
    'cuts a stream that ended as if it were whole, as its node counted it: %s',
    async ([model, completionTokens]) => {
      const owned = await makeKey();
      const call = jsonCall(owned.key, chat(model, 'x', { stream: true }));
      const events = new SseDataParser().push(await (await gateway.send(CHAT, call)).text());
      expect(events.map((event) => event.includes('"error"'))).toEqual([false, true]);
      expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ error: { code: 'generation_failed' } });
      expect(gateway.records.at(-1)).toMatchObject({ outcome: 'upstream_lost', error: 'generation_failed' });
      expect(await usageOf(owned.id)).toMatchObject({ calls: 1, completionTokens, errors: { generation_failed: 1 } });
    },
  );

  it('answers what fails before the first byte with a status, not with a stream', async () => {
    const response = await gateway.send(CHAT, stream('queue-full'));
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/json');
  });
});
