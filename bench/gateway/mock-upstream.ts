// The mock upstream in Node, a program of its own: `node mock-upstream.ts PORT`. Streams as many chunks as `max_tokens` says;
// each carries the time at which it was written, so that the reader can tell how long it was under way.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { formatSseData, SSE_DONE } from '../../protocol/inference/server-sent-events.ts';
import { NODE_PATH, type JournalRecord } from '../../protocol/node/node-api.ts';
import {
  MOCK_ACKNOWLEDGED,
  MOCK_ANSWER,
  MOCK_MODEL,
  MOCK_PACES,
  MOCK_STATUS,
  MOCK_USAGE_HEADERS,
  mockChunk,
} from './mock-contract.ts';
import { stampNow } from './time-stamp.ts';

const requestSchema = z.object({ model: z.string(), stream: z.boolean().optional(), max_tokens: z.int().default(1) });
type MockRequest = z.infer<typeof requestSchema>;

createServer((request, response) => {
  void answer(request, response);
}).listen(Number(process.argv[2]), '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mock');
  if (pathname === NODE_PATH.status) sendJson(response, MOCK_STATUS);
  else if (pathname === NODE_PATH.journal) sendJson(response, { records: searchParams.getAll('call_id').map(record) });
  else if (pathname === NODE_PATH.journalAck) sendJson(response, MOCK_ACKNOWLEDGED);
  else if (pathname === NODE_PATH.chatCompletions) await complete(requestSchema.parse(JSON.parse(body)), response);
  else sendJson(response, {});
}

async function complete({ model, stream, max_tokens: count }: MockRequest, response: ServerResponse): Promise<void> {
  if (stream !== true) {
    sendJson(response, MOCK_ANSWER, MOCK_USAGE_HEADERS);
    return;
  }
  // Without a charset: Portkey takes only the bare type for a stream.
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const paceMs = new Map<string, number>(Object.entries(MOCK_PACES)).get(model);
  for (let index = 0; index < count && !response.destroyed; index++) {
    if (paceMs !== undefined) await delay(paceMs);
    // A turn of the event loop each, so that every chunk is a write of its own.
    else await new Promise((resolve) => setImmediate(resolve));
    response.write(formatSseData(mockChunk(stampNow())));
  }
  response.end(SSE_DONE);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function record(callId: string): JournalRecord {
  return {
    callId,
    attempt: 1,
    account: '00000000',
    keyId: '0000000000000000',
    model: MOCK_MODEL,
    promptTokens: 1,
    cachedTokens: 0,
    completionTokens: 1,
    outcome: 'stop',
    queueMs: 0,
    firstTokenMs: 0,
    durationMs: 0,
    endedAt: Date.now(),
  };
}
