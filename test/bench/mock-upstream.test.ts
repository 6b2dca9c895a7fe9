// The mock stands in the node's place: what it says must be what the protocol says, else another path is measured.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOCK_ANSWER, MOCK_STATUS, mockChunk } from '../../bench/gateway/mock-contract.ts';
import { readStream } from '../../bench/gateway/read-stream.ts';
import { streamRequest, WHOLE_REQUEST } from '../../bench/gateway/requests.ts';
import { startUpstream, type Upstream } from '../../bench/gateway/start-upstream.ts';
import { nodeLoad } from '../../bench/harness/node-load.ts';
import { NODE_HEADER } from '../../protocol/headers.ts';
import {
  chatCompletionChunkSchema,
  chatCompletionRequestSchema,
  chatCompletionSchema,
} from '../../protocol/inference/chat-completion.ts';
import { journalPageSchema, nodeStatusSchema } from '../../protocol/node/node-api.ts';

describe('what the benchmark sends and the mock says', () => {
  it('is what the protocol allows', () => {
    expect(() => chatCompletionRequestSchema.parse(JSON.parse(WHOLE_REQUEST))).not.toThrow();
    expect(() => chatCompletionRequestSchema.parse(JSON.parse(streamRequest(10, 'mock-paced')))).not.toThrow();
    expect(nodeStatusSchema.parse(MOCK_STATUS)).toEqual(MOCK_STATUS);
    expect(chatCompletionSchema.parse(MOCK_ANSWER)).toEqual(MOCK_ANSWER);
    expect(() => chatCompletionChunkSchema.parse(mockChunk('text'))).not.toThrow();
  });

  it('is about 1 KB each way, as the tables say', () => {
    for (const text of [WHOLE_REQUEST, JSON.stringify(MOCK_ANSWER)]) {
      expect(text.length).toBeGreaterThan(900);
      expect(text.length).toBeLessThan(1200);
    }
  });
});

describe('the mock in Node', () => {
  let folder: string;
  let upstream: Upstream;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearthkey-mock-'));
    upstream = await startUpstream(folder, 'streaming');
  });
  afterAll(async () => {
    await upstream[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('answers the node’s own questions', async () => {
    const status = await fetch(`${upstream.origin}/_node/status`);
    expect(nodeStatusSchema.parse(await status.json())).toEqual(MOCK_STATUS);
    const journal = await fetch(`${upstream.origin}/_node/journal?call_id=call_0123456789abcdef`);
    expect(journalPageSchema.parse(await journal.json()).records).toHaveLength(1);
    const waiting = await fetch(`${upstream.origin}/_node/journal`);
    expect(journalPageSchema.parse(await waiting.json()).records).toEqual([]);
    const body = JSON.stringify({ callIds: ['call_0123456789abcdef'] });
    const acknowledged = await fetch(`${upstream.origin}/_node/journal/ack`, { method: 'POST', body });
    expect(acknowledged.status).toBe(200);
  });

  it('tells the costs of a whole answer as the node does', async () => {
    const init = { method: 'POST', body: WHOLE_REQUEST };
    const { headers } = await fetch(`${upstream.origin}/v1/chat/completions`, init);
    for (const name of Object.values(NODE_HEADER)) {
      if (name !== NODE_HEADER.bootId) expect(headers.get(name), name).toMatch(/^[0-9.]+$/);
    }
  });

  it('streams as many chunks as asked for, each with the time of its writing', async () => {
    const agent = new Agent();
    const url = `${upstream.origin}/v1/chat/completions`;
    const reading = await readStream({ url, headers: {}, agent, body: streamRequest(7, 'mock') });
    expect(reading.transits).toHaveLength(7);
    for (const transit of reading.transits) expect(transit).toBeGreaterThan(0);
    expect(reading.firstChunk).toBeGreaterThan(reading.transits[0] ?? Infinity);
  });

  it('a load generator without wrk counts answers, and errors apart', async () => {
    const request = { headers: { 'content-type': 'application/json' }, body: WHOLE_REQUEST };
    const good = await nodeLoad().run({ ...request, url: `${upstream.origin}/v1/chat/completions` }, 2, 0.1);
    expect(good.requests).toBeGreaterThan(0);
    expect(good.errors).toBe(0);
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    closed.close();
    await once(closed, 'close');
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const bad = await nodeLoad().run({ ...request, url: `http://127.0.0.1:${port}/` }, 1, 0.01);
    expect(bad.errors).toBe(bad.requests);
  });
});
