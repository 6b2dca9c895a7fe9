// No body, whatever it holds, gives a 500, hangs or harms the node.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorBodySchema } from '../../../protocol/errors/error-body.ts';
import { startFakeNode } from './node-under-test.ts';

const valid = {
  model: 'fake-model',
  messages: [{ role: 'user', content: 'hi' }],
  prompt: 'hi',
  max_tokens: 5,
  temperature: 1,
  stop: ['x'],
  stream: true,
  stream_options: { include_usage: true },
  callIds: ['call_0000000000000000'],
  n: 1,
};
/** A valid request in which some fields are anything. */
const bent = fc
  .tuple(
    fc.subarray(Object.keys(valid)),
    fc.dictionary(fc.constantFrom(...Object.keys(valid), '__proto__', 'tools', 'x'), fc.jsonValue()),
  )
  .map(([keep, changes]) => {
    const base = Object.fromEntries(Object.entries(valid).filter(([key]) => keep.includes(key)));
    return JSON.stringify({ ...base, ...changes });
  });
const body = fc.oneof(
  fc.json(),
  bent,
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => new Uint8Array(bytes)),
);
const path = fc.constantFrom(
  '/v1/chat/completions',
  '/v1/completions',
  '/_node/journal/ack',
  '/v1/embeddings',
  '/v1/tokenize',
  '/v1/detokenize',
);

test('arbitrary bodies get an answer below 500, in the shape of the protocol', async () => {
  const { engine, call, node, log } = await startFakeNode();
  engine.script = ['ok'];
  await fc.assert(
    fc.asyncProperty(path, body, async (where, what) => {
      const answer = await call({ path: where, body: what });
      expect(answer.status).toBeLessThan(500);
      const text = await answer.text();
      if (answer.status >= 400) errorBodySchema.parse(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
  expect((await fetch(`${node.url}/health/live`)).status).toBe(200);
  expect(log.filter((line) => line.includes('"event":"bug"'))).toEqual([]);
});

test('arbitrary targets and headers, unsigned, get an answer below 500', async () => {
  const { node } = await startFakeNode();
  const token = fc.oneof(fc.base64String(), fc.stringMatching(/^[!-~]{0,60}$/));
  await fc.assert(
    fc.asyncProperty(fc.webPath(), token, async (target, credential) => {
      const answer = await fetch(node.url + (target.startsWith('/') ? target : `/${target}`), {
        headers: { authorization: `Bearer ${credential}` },
      });
      expect(answer.status).toBeLessThan(500);
      await answer.text();
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['not HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
  [
    'headers beyond the limit',
    `GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
  ['no host', 'GET /health/live HTTP/1.1\r\n\r\n', 400, null],
  [
    'a host that is none',
    'GET /health/live HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n',
    400,
    'invalid_request',
  ],
])('%s gets its status', async (_name, request, status, code) => {
  const { connect } = await import('node:net');
  const { node } = await startFakeNode();
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket
      .on('close', () => {
        resolve(text);
      })
      .on('error', reject);
  });
  expect(answer.split(' ')[1]).toBe(String(status));
  if (code !== null) expect(errorBodySchema.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error.code).toBe(code);
});
