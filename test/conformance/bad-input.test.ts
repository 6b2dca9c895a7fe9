// Requirement: bad input gets a 4xx with a sentence, in OpenAI's shape. Never a 500, a hang or a crash.
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { adminTokenOf, keyOf, startProduct, type Product } from './product.ts';

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().min(10),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
});

const CHAT = { model: 'tiny-llama', messages: [{ role: 'user', content: 'hi' }] };
const HEADER_BYTES = 10 * 1024 * 1024;
const BODY_CAP_BYTES = 1024 * 1024;

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterEach(async () => {
  const health = await fetch(`${product.gateway}/health`);
  expect(health.status).toBe(200);
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

function post(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(product.gateway + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(product)}`, ...headers },
    body,
  });
}

async function errorOf(answer: Response): Promise<z.infer<typeof errorSchema>['error']> {
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  return errorSchema.parse(await answer.json()).error;
}

describe('a chat call with a bad body', () => {
  it.for([
    ['nothing', '', 400, 'invalid_json'],
    ['no JSON', '{"model":', 400, 'invalid_json'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, 'invalid_json'],
    ['an array', '[]', 400, 'invalid_value'],
    ['no messages', JSON.stringify({ ...CHAT, messages: [] }), 400, 'invalid_value'],
    ['max_tokens -1', JSON.stringify({ ...CHAT, max_tokens: -1 }), 400, 'invalid_value'],
    ['a model that is a number', JSON.stringify({ ...CHAT, model: 5 }), 400, 'invalid_value'],
    [
      'a lone surrogate',
      '{"model":"tiny-llama","messages":[{"role":"user","content":"\\ud800"}]}',
      400,
      'invalid_value',
    ],
    ['a NUL', '{"model":"tiny-llama","messages":[{"role":"user","content":"\\u0000"}]}', 400, 'invalid_value'],
    ['deep nesting', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, 400, null],
    ['functions', JSON.stringify({ ...CHAT, functions: [{ name: 'f' }] }), 400, 'unsupported_parameter'],
    ['an unknown field', JSON.stringify({ ...CHAT, foo: 1 }), 400, 'unknown_parameter'],
    ['an unknown model', JSON.stringify({ ...CHAT, model: 'gpt-4o' }), 404, 'model_not_found'],
    [
      'a prompt beyond the context',
      JSON.stringify({ ...CHAT, messages: [{ role: 'user', content: 'word '.repeat(9000) }] }),
      400,
      'context_length_exceeded',
    ],
    ['more than the cap', JSON.stringify({ ...CHAT, user: 'x'.repeat(BODY_CAP_BYTES) }), 413, 'payload_too_large'],
  ] as const)('with %s gets a sentence', async ([, body, status, code]) => {
    const answer = await post('/v1/chat/completions', body);
    expect(answer.status).toBe(status);
    const error = await errorOf(answer);
    if (code !== null) expect(error.code).toBe(code);
  });

  it.for(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'garbage'])(
    'as %s is refused with 415',
    async (contentType) => {
      const answer = await post('/v1/chat/completions', JSON.stringify(CHAT), { 'content-type': contentType });
      expect(answer.status).toBe(415);
      expect((await errorOf(answer)).code).toBe('unsupported_media_type');
    },
  );

  it('never makes a 500, whatever the JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/chat/completions', '/v1/completions', '/predict', '/admin/users', '/admin/keys'),
        fc.record(
          { model: fc.jsonValue(), messages: fc.jsonValue(), input: fc.jsonValue(), name: fc.jsonValue() },
          { requiredKeys: [] },
        ),
        async (path, body) => {
          const token = path.startsWith('/admin') ? adminTokenOf(product) : keyOf(product);
          const answer = await post(path, JSON.stringify(body), { authorization: `Bearer ${token}` });
          expect(answer.status).toBeLessThan(500);
          await answer.arrayBuffer();
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a wrong key', () => {
  it('gets the same 401 whether it is missing, mistyped, invented, revoked, or followed by a bad body', async () => {
    const key = keyOf(product);
    const admin = { 'content-type': 'application/json', authorization: `Bearer ${adminTokenOf(product)}` };
    const users = (await (await fetch(`${product.gateway}/admin/users`, { headers: admin })).json()) as {
      data: { id: string }[];
    };
    const created = (await (
      await fetch(`${product.gateway}/admin/keys`, {
        method: 'POST',
        headers: admin,
        body: JSON.stringify({ user_id: users.data[0]?.id, name: 'to be revoked' }),
      })
    ).json()) as { id: string; key: string };
    expect(
      (await post('/v1/chat/completions', JSON.stringify(CHAT), { authorization: `Bearer ${created.key}` })).status,
    ).toBe(200);
    await fetch(`${product.gateway}/admin/keys/${created.id}/revoke`, { method: 'POST', headers: admin });

    const typo = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    const bodies = new Set<string>();
    for (const authorization of [
      '',
      'Bearer',
      `Bearer ${typo}`,
      `Bearer hk_${'A'.repeat(16)}_${'B'.repeat(51)}`,
      `Bearer ${created.key}`,
    ]) {
      for (const body of [JSON.stringify(CHAT), '{', JSON.stringify({ ...CHAT, model: 'gpt-4o' })]) {
        const answer = await post('/v1/chat/completions', body, { authorization });
        expect(answer.status).toBe(401);
        bodies.add(await answer.text());
      }
    }
    expect([...bodies]).toHaveLength(1);
  });

  it('gets 401 on every guarded route, also with an API key where an admin token belongs', async () => {
    for (const path of ['/admin/users', '/admin/keys', '/admin/users/abcdefgh', '/admin/keys/abcdefghabcdefgh']) {
      const answer = await fetch(product.gateway + path, { headers: { authorization: `Bearer ${keyOf(product)}` } });
      expect(answer.status).toBe(401);
    }
    for (const path of ['/v1/models', '/v1/models/tiny-llama']) {
      const answer = await fetch(product.gateway + path, {
        headers: { authorization: `Bearer ${adminTokenOf(product)}` },
      });
      expect(answer.status).toBe(401);
    }
  });
});

describe('a wrong address', () => {
  it.for([
    ['GET', '/', 404],
    ['GET', '/v1', 404],
    ['GET', '/v1/models/', 404],
    ['POST', '//v1/chat/completions', 404],
    ['POST', '/v1/chat%2Fcompletions', 404],
    ['GET', '/admin', 404],
    ['GET', '/_node/status', 404],
    ['DELETE', '/v1/models', 405],
    ['GET', '/v1/chat/completions', 405],
  ] as const)('%s %s gets %i', async ([method, path, status]) => {
    const { hostname, port } = new URL(product.gateway);
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const call = httpRequest({ hostname, port, method, path }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => {
          resolve({ status: response.statusCode, body });
        });
      });
      call.on('error', reject).end();
    });
    expect(answer.status).toBe(status);
    errorSchema.parse(JSON.parse(answer.body));
  });
});

describe('a monstrous request', () => {
  it('with a 10 MB header is refused with a 4xx or its connection is closed, and the gateway lives', async () => {
    const { hostname, port } = new URL(product.gateway);
    const status = await new Promise<number | string>((resolve) => {
      const headers = { authorization: `Bearer ${'x'.repeat(HEADER_BYTES)}` };
      const call = httpRequest({ hostname, port, path: '/v1/models', headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? 'error');
      });
      call.end();
    });
    expect([400, 413, 431, 'ECONNRESET', 'EPIPE']).toContain(status);
  });
});
