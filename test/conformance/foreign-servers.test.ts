// Requirement: a server of another maker does not work for nobody. When the client of a call leaves, or its key is revoked, the server's
// connection is closed, and the call is settled once, at what is known to have been made.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { usageReportSchema, type UsageRow } from '../../protocol/admin/usage.ts';
import { ForeignServer } from '../loopback-node/foreign-server.ts';
import { FOREIGN_BEARER, type NodeEvent } from '../loopback-node/node-event.ts';
import { askAdminOf, type AskAdmin } from './ask-admin.ts';
import { startGatewayOf } from './gateway-of-server.ts';
import type { Product } from './product.ts';

/** What is written to a client that has left fails: less than a sign of life would take to show it. Milliseconds. */
const AT_ONCE_MS = 3_000;
/** Where nothing is to be written, the gateway's signs of life show it: every 5 s, and the first one may still succeed. Milliseconds. */
const AFTER_TWO_SIGNS_MS = 12_000;

const createdSchema = z.object({ id: z.string(), key: z.string() });

let server: ForeignServer;
let product: Product;
let askAdmin: AskAdmin;
let userId: string;

beforeAll(async () => {
  server = new ForeignServer();
  product = await startGatewayOf({ url: await server.listen(), bearer: FOREIGN_BEARER });
  askAdmin = askAdminOf(product);
  userId = z.object({ id: z.string() }).parse(await askAdmin('POST', '/admin/users', { name: 'leaves' })).id;
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await server.kill();
});

function chat(key: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${product.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What is counted of a key, once something is. */
async function settled(keyId: string): Promise<UsageRow | undefined> {
  for (;;) {
    const { data } = usageReportSchema.parse(await askAdmin('GET', `/admin/usage?group_by=key&key_id=${keyId}`));
    if (data.some(({ calls }) => calls > 0)) return data[0];
  }
}

async function createKey(name: string): Promise<{ id: string; key: string }> {
  const settings = { user_id: userId, name, limits: { parallel_requests: 1 } };
  return createdSchema.parse(await askAdmin('POST', '/admin/keys', settings));
}

/** Until nothing more goes to a client that reads nothing: all buffers on the way are full. */
async function untilStanding(): Promise<void> {
  let before;
  do {
    before = server.bytesSent;
    for (let looks = 0; looks < 20; looks++) await askAdmin('GET', '/admin/users');
  } while (server.bytesSent !== before);
}

describe('a client that leaves', () => {
  it.for([
    ['in the middle of a stream', { model: 'streams-for-ever', stream: true }, AT_ONCE_MS],
    ['while it reads nothing of a stream', { model: 'pours-for-ever', stream: true }, AT_ONCE_MS],
    ['while the stream is silent', { model: 'falls-silent', stream: true }, AFTER_TWO_SIGNS_MS],
    ['before the stream has begun', { model: 'never-begins', stream: true }, AFTER_TWO_SIGNS_MS],
    ['while it waits for a whole answer', { model: 'never-begins' }, AFTER_TWO_SIGNS_MS],
  ] as const)('%s has the server let go, and the call settled', async ([when, call, withinMs]) => {
    const { id, key } = await createKey(when);
    const isOurs = ({ body }: NodeEvent): boolean => body?.includes(when) === true;
    const begins = 'stream' in call && call.model !== 'never-begins';
    const leave = new AbortController();
    const answer = chat(key, { ...call, messages: [{ role: 'user', content: when }] }, leave.signal);
    answer.catch(() => undefined);
    await server.log.waitFor((event) => event.type === 'call' && isOurs(event));
    if (begins) await (await answer).body?.getReader().read();
    if (call.model === 'pours-for-ever') await untilStanding();
    const leftMs = Date.now();
    leave.abort();
    await server.log.waitFor((event) => event.type === 'closed' && isOurs(event));
    expect(Date.now() - leftMs).toBeLessThan(withinMs);
    const usage = await settled(id);
    expect(usage).toMatchObject({ calls: 1, estimated_calls: 1, errors: { client_closed_request: 1 } });
    expect(usage?.completion_tokens).toBeGreaterThanOrEqual(begins ? 1 : 0);
    expect((await chat(key, { model: 'foreign-words', messages: [{ role: 'user', content: 'x' }] })).status).toBe(200);
  });
});

describe('a stream', () => {
  it.for(['streams-for-ever', 'falls-silent'])(
    'is cut when its key is revoked, and the server let go: %s',
    async (model) => {
      const { id, key } = await createKey(`revoked ${model}`);
      const answer = await chat(key, { model, stream: true, messages: [{ role: 'user', content: id }] });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader?.read())?.value ?? '';
      await askAdmin('POST', `/admin/keys/${id}/revoke`);
      for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) text += read.value;
      expect(text).toMatch(/\n\ndata: \{"error":\{.*"code":"invalid_api_key"\}\}\n\n$/);
      await server.log.waitFor(({ type, body }) => type === 'closed' && body?.includes(id) === true);
      expect(await settled(id)).toMatchObject({ calls: 1, errors: { invalid_api_key: 1 } });
    },
  );

  it('of a server that breaks off ends with an error event', async () => {
    const { id, key } = await createKey('breaks off');
    const answer = await chat(key, { model: 'breaks-off', stream: true, messages: [{ role: 'user', content: 'x' }] });
    expect(await answer.text()).toMatch(/"code":"generation_failed"\}\}\n\n$/);
    expect(await settled(id)).toMatchObject({ calls: 1, errors: { generation_failed: 1 } });
  });
});
