// Servers of other makers, as their answers are read: what they cost, what of them the client gets, what their errors become.
import { describe, expect, it } from 'vitest';
import type { OriginSettings } from '../../../protocol/objects/registry-administration.ts';
import { buildRequest } from '../../../worker/src/openai-origin/build-request.ts';
import { CallClock } from '../../../worker/src/call-clock.ts';
import { countedStream, type CountedStreamOptions } from '../../../worker/src/openai-origin/counted-stream.ts';
import { originModelsSchema, originStatus } from '../../../worker/src/openai-origin/origin-status.ts';
import { readAnswer } from '../../../worker/src/openai-origin/read-answer.ts';
import { readOriginFailure } from '../../../worker/src/openai-origin/read-failure.ts';

const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12, prompt_tokens_details: { cached_tokens: 3 } };
const COUNTED = { promptTokens: 7, cachedTokens: 3, completionTokens: 5, estimated: false };
const RESERVED = 40;

function chunk(content: string, more: object = {}): string {
  return event({ id: 'x', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });
}

const END = event({ id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const USAGE_ONLY = event({ id: 'x', choices: [], usage: USAGE });
const DONE = 'data: [DONE]\n\n';

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** The pieces one by one; without `ends` the last is followed by silence. */
function upstream(pieces: string[], ends = true): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = left.shift();
        if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
        else if (ends) controller.close();
        else return new Promise(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

function streamOptions(more: Partial<CountedStreamOptions> = {}): CountedStreamOptions {
  const { signal } = new AbortController();
  const call = { promptTokens: RESERVED, choices: 1, wantsUsage: false, sentAtMs: Date.now() };
  return { clock: new CallClock(), ...call, signal, ...more };
}

async function read(pieces: string[], more: Partial<CountedStreamOptions> = {}) {
  const options = streamOptions(more);
  const { body, counts } = countedStream(upstream(pieces), options);
  const text = await new Response(body).text().catch((error: unknown) => `broken: ${String(error)}`);
  return { text, counts: await counts };
}

describe('a stream', () => {
  it('passes as it is, but for the usage that the client did not ask for', async () => {
    const { text, counts } = await read([chunk('a'), chunk('b'), END, USAGE_ONLY, DONE]);
    expect(text).toBe(chunk('a') + chunk('b') + END + DONE);
    expect(counts).toMatchObject(COUNTED);
    expect(counts?.firstTokenMs).not.toBeNull();
  });

  it('has its usage when the client asked for it', async () => {
    const { text } = await read([chunk('a'), END, USAGE_ONLY, DONE], { wantsUsage: true });
    expect(text).toBe(chunk('a') + END + USAGE_ONLY + DONE);
  });

  it.each([1, 7, 64])('is the same in pieces of %i characters, with CRLF and comments', async (size) => {
    const whole = (': hello\r\n\r\n' + chunk('ä€') + END + USAGE_ONLY + DONE).replaceAll('\n', '\r\n');
    const { text, counts } = await read(whole.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []);
    expect(text.replaceAll(': ping\n\n', '')).toBe(chunk('ä€') + END + DONE);
    expect(counts).toMatchObject(COUNTED);
  });

  it('is estimated when nobody tells: the reserved prompt, and a token a piece', async () => {
    const { counts } = await read([
      event({ choices: [{ delta: { role: 'assistant' } }] }),
      chunk('a'),
      chunk('b'),
      END,
      DONE,
    ]);
    expect(counts).toMatchObject({ promptTokens: RESERVED, completionTokens: 2, estimated: true });
  });

  it('gets its [DONE] when the server forgets it', async () => {
    const { text } = await read([chunk('a'), END]);
    expect(text).toBe(chunk('a') + END + DONE);
  });

  it('breaks off when it ends without [DONE] before each of its choices has', async () => {
    const other = END.replace('"index":0', '"index":1');
    for (const end of [END, END + END])
      expect((await read([chunk('a'), end], { choices: 2 })).text).toContain('broken');
    expect((await read([chunk('a'), other, END], { choices: 2 })).text).toBe(chunk('a') + other + END + DONE);
    expect(buildRequest('{"prompt":["a","b"],"n":3,"stream":true}').choices).toBe(6);
  });

  it('is estimated, and says that it broke off, when it ends before the answer does', async () => {
    const { text, counts } = await read([chunk('a'), chunk('b')]);
    expect(text).toContain('broken');
    expect(counts).toMatchObject({ promptTokens: RESERVED, completionTokens: 2, estimated: true });
  });

  it.each([
    ['an error', event({ error: { message: 'secret of the upstream' } })],
    ['no JSON', 'data: <html>\n\n'],
    ['an event without end', `data: ${'x'.repeat(1_100_000)}`],
  ])('breaks off at %s', async (_what, piece) => {
    const { text } = await read([chunk('a'), piece, END, DONE]);
    expect(text).toContain('broken');
    expect(text).not.toContain('secret');
  });

  it('ends at [DONE], whatever follows and whether the server closes or not', async () => {
    const options = streamOptions();
    const { body, counts } = countedStream(upstream([chunk('a'), END, DONE + chunk('b')], false), options);
    expect(await new Response(body).text()).toBe(chunk('a') + END + DONE);
    expect(await counts).toMatchObject({ completionTokens: 1 });
  });

  it('is counted when the client leaves, and the upstream is let go', async () => {
    const options = streamOptions();
    const { body, counts } = countedStream(upstream([chunk('a')], false), options);
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    expect(await counts).toMatchObject({ promptTokens: RESERVED, completionTokens: 1, estimated: true });
  });

  it('costs nothing when it ends before the server has begun it', async () => {
    const ender = new AbortController();
    const { counts } = countedStream(new Promise(() => undefined), streamOptions({ signal: ender.signal }));
    ender.abort();
    expect(await counts).toBeNull();
    const refused = countedStream(Promise.reject(new Error('refused')), streamOptions());
    await expect(new Response(refused.body).text()).rejects.toThrow('refused');
    expect(await refused.counts).toBeNull();
  });

  it('is counted when the call is ended while nobody reads', async () => {
    const ender = new AbortController();
    const { counts } = countedStream(upstream([chunk('a')], false), streamOptions({ signal: ender.signal }));
    ender.abort();
    expect(await counts).toMatchObject({ promptTokens: RESERVED, completionTokens: 0, estimated: true });
  });

  it('shows signs of life while the server is silent, or says nothing but comments', async () => {
    const options = streamOptions();
    const { body } = countedStream(upstream([': still here\n\n'], false), { ...options, pingIntervalMs: 1 });
    const reader = body.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe(': ping\n\n');
    await reader.cancel();
  });
});

describe('a whole answer', () => {
  it('is handed on as it came, and counted by its usage', async () => {
    const text = JSON.stringify({ id: 'theirs', model: 'm', choices: [{}], usage: USAGE });
    const { body, counts } = await readAnswer(new Response(text), RESERVED);
    expect(body).toBe(text);
    expect(counts).toEqual({ ...COUNTED, firstTokenMs: null });
  });

  it.each([
    { usage: null },
    { usage: { prompt_tokens: -1 } },
    { usage: { prompt_tokens: 1e300, completion_tokens: 1 } },
  ])('is estimated with %j', async (more) => {
    const answer = { choices: [{ message: { content: 'some words of an answer' } }], ...more };
    const { counts } = await readAnswer(Response.json(answer), RESERVED);
    expect(counts).toMatchObject({ promptTokens: RESERVED, estimated: true });
    expect(counts.completionTokens).toBeGreaterThan(5);
  });

  it.each(['', '{"choices":', '[]', '{"object":"error"}', '<html>'])('is none: %s', async (text) => {
    await expect(readAnswer(new Response(text), RESERVED)).rejects.toMatchObject({ code: 'node_error' });
  });
});

describe('a request', () => {
  it('always asks a stream for its usage', () => {
    const { body, wantsUsage } = buildRequest('{"model":"m","stream":true}');
    expect(JSON.parse(body)).toEqual({ model: 'm', stream: true, stream_options: { include_usage: true } });
    expect(wantsUsage).toBe(false);
  });

  it('has one prompt as a text, which Ollama wants, and stream options only for streams, as OpenAI does', () => {
    const { body } = buildRequest('{"prompt":["a"],"stream":false,"stream_options":{"include_usage":true}}');
    expect(JSON.parse(body)).toEqual({ prompt: 'a', stream: false });
  });
});

describe('an error', () => {
  const error = (status: number, message: string, more = {}, headers = {}) =>
    readOriginFailure(
      Response.json({ error: { message, type: 'x', ...more } }, { status, headers }),
      '/v1/chat/completions',
    );

  it.each([
    [400, 'temperature must be at most 2', { param: 'temperature' }, 'invalid_value'],
    [400, "This model's maximum context length is 4096 tokens.", { code: 400 }, 'context_length_exceeded'],
    [
      400,
      'the request exceeds the available context size',
      { type: 'exceed_context_size_error' },
      'context_length_exceeded',
    ],
    [422, 'a field is missing', {}, 'invalid_request'],
  ])('%i passes in its own words: %s', async (status, message, more, code) => {
    expect(await error(status, message, more)).toMatchObject({ code, message });
  });

  it.each([
    [401, 'node_error'],
    [403, 'node_error'],
    [413, 'payload_too_large'],
    [429, 'queue_full'],
    [500, 'node_error'],
    [302, 'node_error'],
  ])("%i is ours, without the server's words", async (status, code) => {
    const told = await error(status, 'secret of the upstream');
    expect(told).toMatchObject({ code });
    expect(`${told.message} ${String(told.reason)}`).not.toContain('secret');
  });

  it('names the bearer in the log when the server refuses it', async () => {
    expect((await error(401, 'no')).reason).toContain('bearer');
  });

  it('says how long to wait as the server does', async () => {
    expect(await error(429, 'busy', {}, { 'retry-after': '7' })).toMatchObject({
      code: 'queue_full',
      retryAfterSeconds: 7,
    });
    expect((await error(503, 'Loading model')).code).toBe('model_loading');
  });

  it('tells a model that is not there from a route that is not', async () => {
    expect((await error(404, 'The model `x` does not exist')).code).toBe('model_not_found');
    expect((await error(404, 'Not Found')).code).toBe('unsupported_parameter');
    expect((await error(501, 'This server does not support embeddings')).code).toBe('unsupported_parameter');
  });

  it("is bounded, printable, and none of a form that is not OpenAI's", async () => {
    expect((await error(400, `a\u0000\n${'x'.repeat(9_000)}`)).message).toMatch(/^a x{498}$/);
    const other = await readOriginFailure(new Response('{"detail":"secret"}', { status: 400 }), '/v1/embeddings');
    expect(other).toMatchObject({ code: 'node_error', reason: 'the origin answered 400' });
  });
});

describe('the models', () => {
  const NOTHING_SAID: OriginSettings = { contextLength: null, maxTokens: null, sequences: null };
  const status = (data: object[], settings = NOTHING_SAID) =>
    originStatus('there', originModelsSchema.parse({ object: 'list', data }), settings).models;

  it.each([
    ['vLLM', { id: 'a', max_model_len: 32_768 }, 32_768, 1_024],
    ['llama-server', { id: 'a', meta: { n_ctx_train: 2_048, n_params: 1 } }, 2_048, 512],
    ['llama-server, newer', { id: 'a', meta: { n_ctx: 8_192, n_ctx_train: 131_072 } }, 8_192, 1_024],
    ['another Hearthkey', { id: 'a', context_length: 512 }, 512, 128],
    ['Ollama', { id: 'a', owned_by: 'library' }, 4_096, 1_024],
    ['nonsense', { id: 'a', max_model_len: -1, meta: 'x', created: 1.5 }, 4_096, 1_024],
  ])('of %s have a context and a default for max_tokens', (_who, model, contextLength, defaultMaxTokens) => {
    expect(status([model])).toMatchObject([{ id: 'a', contextLength, defaultMaxTokens }]);
  });

  it('are what the operator says where the operator says so', () => {
    const told = { contextLength: 9_000, maxTokens: 77, sequences: 64 };
    expect(status([{ id: 'a', max_model_len: 5 }], told)).toMatchObject([
      { contextLength: 9_000, defaultMaxTokens: 77, sequences: 64 },
    ]);
  });

  it('with ids that nobody could ask for are left out', () => {
    expect(status([{ id: '/models/x.gguf' }, { id: 'llama3.2:latest' }]).map(({ id }) => id)).toEqual([
      'llama3.2:latest',
    ]);
  });
});
