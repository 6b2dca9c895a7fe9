// Whole answers, errors, lists and the open routes: their shape, status and headers.
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { errorBodySchema } from '../../../protocol/errors/error-body.ts';
import { chatCompletionChunkSchema, chatCompletionSchema } from '../../../protocol/inference/chat-completion.ts';
import { completionSchema } from '../../../protocol/inference/completion.ts';
import { modelListSchema, modelSchema } from '../../../protocol/inference/model-list.ts';
import { nodeStatusSchema } from '../../../protocol/node/node-api.ts';
import { ACCOUNT } from './gateway-signer.ts';
import { CHAT, EventReader, startFakeNode } from './node-under-test.ts';

describe('a whole answer', () => {
  test('of a chat has OpenAI’s shape, and token counts and time to first token in headers for the gateway', async () => {
    const { engine, chat } = await startFakeNode();
    engine.script = ['Hello', ', you'];
    const answer = await chat({ max_tokens: 9, stop: ['\n'], temperature: 0, top_p: 0.5, seed: 3 });
    expect(answer.status).toBe(200);
    const body = chatCompletionSchema.parse(await answer.json());
    expect(body.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello, you', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ]);
    expect(body.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 });
    expect(answer.headers.get('x-hearthkey-prompt-tokens')).toBe('7');
    expect(answer.headers.get('x-hearthkey-cached-tokens')).toBe('2');
    expect(answer.headers.get('x-hearthkey-completion-tokens')).toBe('2');
    expect(answer.headers.get('x-hearthkey-first-token-ms')).toBe('1.5');
    expect(engine.started[0]?.request).toMatchObject({
      account: ACCOUNT,
      model: 'fake-model',
      prompt: { messages: [{ role: 'user', content: 'hi' }] },
      maxTokens: 9,
      stop: ['\n'],
      sampling: { temperature: 0, topP: 0.5, seed: 3 },
    });
  });

  test('names the system, and tells what it took when that was asked, in llama-server’s words', async () => {
    const { engine, chat } = await startFakeNode();
    engine.script = ['Hello', ', you'];
    const plain = (await (await chat({})).json()) as object;
    expect(plain).toMatchObject({ system_fingerprint: 'fp_0123456789' });
    expect(plain).not.toHaveProperty('timings');
    const timings = {
      cache_n: 2,
      prompt_n: 5,
      prompt_ms: 1,
      prompt_per_token_ms: 0.2,
      prompt_per_second: 5000,
      predicted_n: 2,
      predicted_ms: 2,
      predicted_per_token_ms: 1,
      predicted_per_second: 1000,
    };
    expect(await (await chat({ timings_per_token: true })).json()).toMatchObject({ timings });
    const events = await new EventReader(await chat({ timings_per_token: true, stream: true })).rest();
    const chunks = events.slice(0, -1).map((event) => chatCompletionChunkSchema.parse(JSON.parse(event)));
    expect(chunks.at(-1)?.timings).toEqual(timings);
    expect(chunks.every((chunk) => chunk.timings !== undefined && chunk.system_fingerprint !== null)).toBe(true);
  });

  test('without settings uses OpenAI’s defaults, and llama-server’s for what OpenAI does not know', async () => {
    const { engine, chat } = await startFakeNode();
    engine.script = [];
    const answer = await chat({ stop: null, max_tokens: null });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-hearthkey-first-token-ms')).toBeNull();
    expect(engine.started[0]?.request).toMatchObject({
      maxTokens: null,
      stop: [],
      sampling: {
        temperature: 1,
        topP: 1,
        topK: 40,
        minP: 0.05,
        presencePenalty: 0,
        frequencyPenalty: 0,
        repeatPenalty: 1,
        logitBias: [],
        seed: null,
      },
      topLogProbabilities: null,
      grammar: null,
    });
  });

  test('of a text completion has OpenAI’s shape', async () => {
    const { engine, call } = await startFakeNode();
    engine.script = ['x'];
    const answer = await call({
      path: '/v1/completions',
      body: JSON.stringify({ model: 'fake-model', prompt: ['p'] }),
    });
    expect(completionSchema.parse(await answer.json()).choices[0]?.text).toBe('x');
    expect(engine.started[0]?.request.prompt).toEqual({ text: 'p' });
  });

  test('that fails after acceptance is an error with its status, and is journaled as failed', async () => {
    const { engine, chat, records } = await startFakeNode();
    const starting = engine.nextGeneration();
    const answering = chat({});
    const generation = await starting;
    generation.accept();
    generation.say('x');
    generation.fail(new ApiError('generation_failed'));
    const answer = await answering;
    expect(answer.status).toBe(500);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await records()).toMatchObject([{ outcome: 'failed', completionTokens: 1 }]);
  });
});

describe('what was asked wrongly gets a sentence', () => {
  test.each<[string, string, string | undefined, number, string, string | null]>([
    ['not JSON', '{', undefined, 400, 'invalid_json', null],
    ['another content type', '{}', 'text/plain', 415, 'unsupported_media_type', null],
    ['a missing field', '{"messages":[]}', undefined, 400, 'missing_required_parameter', 'model'],
    ['no messages', '{"model":"fake-model","messages":[]}', undefined, 400, 'invalid_value', 'messages'],
    [
      'a negative max_tokens',
      '{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":-1}',
      undefined,
      400,
      'invalid_value',
      'max_tokens',
    ],
    [
      'an unsupported field',
      '{"model":"m","messages":[{"role":"user","content":"x"}],"audio":{}}',
      undefined,
      400,
      'unsupported_parameter',
      'audio',
    ],
    [
      'a NUL',
      '{"model":"m","messages":[{"role":"user","content":"\\u0000"}]}',
      undefined,
      400,
      'invalid_value',
      'messages[0].content',
    ],
    ['deep nesting', '['.repeat(30_000) + ']'.repeat(30_000), undefined, 400, 'invalid_value', null],
  ])('%s', async (_name, body, contentType, status, code, param) => {
    const { call, engine } = await startFakeNode();
    const answer = await call({ path: CHAT, body, ...(contentType === undefined ? {} : { contentType }) });
    expect(answer.status).toBe(status);
    expect(errorBodySchema.parse(await answer.json()).error).toMatchObject({ code, param });
    expect(engine.started).toHaveLength(0);
  });

  test('bytes that are not UTF-8 are not JSON', async () => {
    const { call } = await startFakeNode();
    const answer = await call({ path: CHAT, body: new Uint8Array([0x22, 0xff, 0x22]) });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'invalid_json' } }]);
  });

  test('a body over the cap is refused, with and without a declared length', async () => {
    const { call, gateway, node } = await startFakeNode({ maxBodyBytes: 1024 });
    const body = JSON.stringify({ filler: 'x'.repeat(4096) });
    const declared = await call({ path: CHAT, body });
    expect(declared.status).toBe(413);
    expect(await declared.json()).toMatchObject({ error: { code: 'payload_too_large' } });
    const stream = new Blob([body]).stream();
    const chunked = await fetch(node.url + CHAT, {
      method: 'POST',
      headers: await gateway.headers({ path: CHAT, body }),
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  test('a body sent in chunks within the cap is read whole', async () => {
    const { engine, gateway, node } = await startFakeNode();
    engine.script = ['ok'];
    const body = JSON.stringify({ model: 'fake-model', messages: [{ role: 'user', content: 'é'.repeat(3000) }] });
    const headers = await gateway.headers({ path: CHAT, body });
    const answer = await fetch(node.url + CHAT, {
      method: 'POST',
      headers,
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(200);
  });

  test.each([
    ['GET', CHAT, 405, 'method_not_allowed'],
    ['POST', '/v1/models', 405, 'method_not_allowed'],
    ['POST', '/v1/models/fake-model', 405, 'method_not_allowed'],
    ['POST', '/_node/status', 405, 'method_not_allowed'],
    ['GET', '/_node/journal/ack', 405, 'method_not_allowed'],
    ['GET', '/v1/nonsense', 404, 'unknown_url'],
    ['GET', '/v1/models/unknown', 404, 'model_not_found'],
  ])('%s %s, signed, is %i', async (method, path, status, code) => {
    const { call } = await startFakeNode();
    const answer = await call({ method, path });
    expect(answer.status).toBe(status);
    expect(errorBodySchema.parse(await answer.json()).error.code).toBe(code);
  });
});

test('the models that are in memory are listed and shown', async () => {
  const { call } = await startFakeNode();
  const list = modelListSchema.parse(await (await call({ path: '/v1/models' })).json());
  expect(list.data).toEqual([
    { id: 'fake-model', object: 'model', created: 1_700_000_000, owned_by: 'hearthkey', context_length: 128 },
  ]);
  expect(modelSchema.parse(await (await call({ path: '/v1/models/fake-model' })).json())).toEqual(list.data[0]);
});

test('the status names node, boot, version, engine and load', async () => {
  const { call, node } = await startFakeNode();
  const status = nodeStatusSchema.parse(await (await call({ path: '/_node/status' })).json());
  expect(status).toMatchObject({
    nodeId: 'home',
    bootId: node.bootId,
    version: '0.0.0-test',
    draining: false,
    engine: 'ready',
  });
});

test('a valid request id is echoed, an invalid one replaced, and every answer has one and the boot id', async () => {
  const { call, node } = await startFakeNode();
  const echoed = await call({ path: '/v1/models' }, { headers: { 'x-request-id': 'req_from-the-gateway' } });
  expect(echoed.headers.get('x-request-id')).toBe('req_from-the-gateway');
  for (const path of ['/health/live', '/metrics', '/nothing']) {
    const answer = await fetch(node.url + path, { headers: { 'x-request-id': 'not valid "' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9A-Za-z]{16}$/);
    expect(answer.headers.get('x-hearthkey-boot-id')).toBe(node.bootId);
  }
});

test('live while the process answers, ready only while the engine is', async () => {
  const { engine, node } = await startFakeNode();
  expect((await fetch(`${node.url}/health/ready`)).status).toBe(200);
  engine.state = 'restarting';
  const answer = await fetch(`${node.url}/health/ready`);
  expect([answer.status, await answer.json()]).toEqual([503, { status: 'restarting' }]);
  expect((await fetch(`${node.url}/health/live`)).status).toBe(200);
});

test('while a model is loaded, ready tells which and how far', async () => {
  const { engine, node } = await startFakeNode();
  engine.loadingNow = [{ model: 'large', progress: 0.4 }];
  const answer = await fetch(`${node.url}/health/ready`);
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { status: 'ready', loading: [{ model: 'large', progress: 0.4 }] },
  ]);
});

test('prompts and completions are in no log line', async () => {
  const { engine, chat, log } = await startFakeNode();
  engine.script = ['a very private answer'];
  await (await chat({ messages: [{ role: 'user', content: 'a very private prompt' }] })).text();
  await (await chat({ 'a very private field': 1 })).text();
  expect(log.join('')).not.toContain('private');
  expect(log.map((line) => (JSON.parse(line) as { event: string }).event)).toContain('call');
});
