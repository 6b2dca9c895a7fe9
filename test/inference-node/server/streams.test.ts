// What a reader of a stream gets, to the byte, and what happens when it stops reading.
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { chatCompletionChunkSchema, type ChatCompletionChunk } from '../../../protocol/inference/chat-completion.ts';
import { completionChunkSchema } from '../../../protocol/inference/completion.ts';
import { Choices, type ChoicesEvent } from '../../../inference-node/engine/choices.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { GREEDY } from '../llama-cpp/greedy.ts';
import { GenerationFeed } from '../../../inference-node/server/generation-feed.ts';
import { answerStream } from '../../../inference-node/server/answer-stream.ts';
import { chatFormat } from '../../../inference-node/server/chat-format.ts';
import { FakeGeneration } from './fake-engine.ts';
import { EventReader, startFakeNode } from './node-under-test.ts';

const parseChunks = (events: string[]): ChatCompletionChunk[] =>
  events.filter((event) => event !== '[DONE]').map((event) => chatCompletionChunkSchema.parse(JSON.parse(event)));
const textOf = (chunks: ChatCompletionChunk[]) => chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

describe('a chat stream', () => {
  test('opens with the role, brings the text, says why it ended, and ends with [DONE]', async () => {
    const { engine, chat } = await startFakeNode();
    engine.script = ['Hel', 'lo ', '🙂\n', 'data: x'];
    const answer = await chat({ stream: true });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await new EventReader(answer).rest();
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = parseChunks(events);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(textOf(chunks)).toBe('Hello 🙂\ndata: x');
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual(['stop']);
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  test('with include_usage ends with one chunk that has the usage and no choices', async () => {
    const { engine, chat } = await startFakeNode();
    engine.script = ['a', 'b'];
    const events = await new EventReader(await chat({ stream: true, stream_options: { include_usage: true } })).rest();
    const chunks = parseChunks(events);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9, prompt_tokens_details: { cached_tokens: 2 } },
    });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(events.at(-1)).toBe('[DONE]');
  });

  test('gets its headers when the engine has accepted, and no data before there is text', async () => {
    const { engine, chat } = await startFakeNode();
    const starting = engine.nextGeneration();
    const answering = chat({ stream: true });
    const generation = await starting;
    generation.accept();
    const answer = await answering;
    expect(answer.status).toBe(200);
    const reader = new EventReader(answer);
    const first = reader.next();
    generation.say('now');
    expect(textOf(parseChunks((await first) ?? []))).toBe('now');
    generation.finish('length');
    expect((await reader.rest()).at(-1)).toBe('[DONE]');
  });

  test('that was refused by the engine is an error answer with its status, not a stream', async () => {
    const { engine, chat } = await startFakeNode();
    for (const [code, status] of [
      ['queue_full', 503],
      ['context_length_exceeded', 400],
      ['model_not_found', 404],
    ] as const) {
      engine.refusal = new ApiError(code, { retryAfterSeconds: 7 });
      const answer = await chat({ stream: true });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('retry-after')).toBe(status === 503 ? '7' : null);
      expect(await answer.json()).toMatchObject({ error: { code } });
    }
  });

  test('that breaks after its start ends with one error event and without [DONE]', async () => {
    const { engine, chat, records } = await startFakeNode();
    const starting = engine.nextGeneration();
    const answering = chat({ stream: true });
    const generation = await starting;
    generation.accept();
    generation.say('half');
    const reader = new EventReader(await answering);
    await reader.next();
    generation.fail(new ApiError('engine_restarting'));
    const rest = await reader.rest();
    expect(rest.map((event) => JSON.parse(event) as unknown)).toEqual([
      {
        error: {
          message: 'The model is being restarted. Try again shortly.',
          type: 'server_error',
          param: null,
          code: 'engine_restarting',
        },
      },
    ]);
    expect(reader.raw).not.toContain('[DONE]');
    expect(await records()).toMatchObject([{ outcome: 'failed', completionTokens: 1 }]);
  });

  test('that breaks by a bug tells nothing of it', async () => {
    const { engine, chat, log } = await startFakeNode();
    const starting = engine.nextGeneration();
    const answering = chat({ stream: true });
    const generation = await starting;
    generation.accept();
    const answer = await answering;
    generation.fail(new TypeError('secret prompt'));
    const [event] = await new EventReader(answer).rest();
    expect(JSON.parse(event ?? '')).toMatchObject({ error: { code: 'internal_error' } });
    expect(event).not.toContain('secret');
    expect(log.join('')).toContain('"event":"bug"');
    expect(log.join('')).not.toContain('secret');
  });
});

test('a text completion stream brings text, reason, usage and [DONE]', async () => {
  const { engine, call } = await startFakeNode();
  engine.script = ['one', ' two'];
  const body = JSON.stringify({
    model: 'fake-model',
    prompt: 'p',
    stream: true,
    stream_options: { include_usage: true },
  });
  const events = await new EventReader(await call({ path: '/v1/completions', body })).rest();
  const chunks = events.slice(0, -1).map((event) => completionChunkSchema.parse(JSON.parse(event)));
  expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe('one two');
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
  expect(events.at(-1)).toBe('[DONE]');
});

describe('a caller that leaves', () => {
  test('in the middle of a stream stops the generation and is accounted as cancelled', async () => {
    const { engine, chat, records } = await startFakeNode();
    const starting = engine.nextGeneration();
    const caller = new AbortController();
    const answering = chat({ stream: true }, { signal: caller.signal });
    const generation = await starting;
    generation.accept();
    generation.say('a');
    const reader = new EventReader(await answering);
    await reader.next();
    caller.abort();
    await generation.aborted;
    expect(await records()).toMatchObject([{ outcome: 'cancelled', completionTokens: 1, promptTokens: 7 }]);
  });

  test.each([true, false])('before the engine has accepted stops the generation (stream: %s)', async (stream) => {
    const { engine, chat, records } = await startFakeNode();
    const starting = engine.nextGeneration();
    const caller = new AbortController();
    const answering = chat({ stream }, { signal: caller.signal });
    const generation = await starting;
    caller.abort();
    await expect(answering).rejects.toThrow();
    await generation.aborted;
    expect(await records()).toEqual([]);
  });

  test('while a whole answer is made stops the generation', async () => {
    const { engine, chat, records } = await startFakeNode();
    const starting = engine.nextGeneration();
    const caller = new AbortController();
    const answering = chat({}, { signal: caller.signal });
    const generation = await starting;
    generation.accept();
    generation.say('a');
    caller.abort();
    await expect(answering).rejects.toThrow();
    await generation.aborted;
    expect(await records()).toMatchObject([{ outcome: 'cancelled' }]);
  });
});

/** The one choice of a call that the test drives. */
function choicesOf(generation: FakeGeneration): AsyncIterable<ChoicesEvent> {
  const engine = { generate: () => generation } as unknown as Engine;
  return new Choices(engine, { prompts: [{ text: '' }], n: 1, sampling: GREEDY } as never, generation.signal).events;
}

describe('the pace of the reader', () => {
  const readStream = (generation: FakeGeneration, pingIntervalMs?: number) => {
    const feed = new GenerationFeed(choicesOf(generation), () => undefined);
    const format = chatFormat(
      {
        callId: 'call_0000000000000000',
        model: 'm',
        created: 0,
        includeUsage: false,
        systemFingerprint: null,
        timings: null,
      },
      null,
    );
    const stream = answerStream(feed, {
      format,
      includeUsage: false,
      explain: () => new ApiError('generation_failed'),
      onEnd: () => undefined,
      ...(pingIntervalMs === undefined ? {} : { pingIntervalMs }),
    });
    return { feed, reader: new EventReader(new Response(stream)) };
  };

  test('text that nobody fetched yet is joined: a slow reader gets fewer, larger chunks and all of the text', async () => {
    const generation = new FakeGeneration({} as never, new AbortController().signal);
    const { feed, reader } = readStream(generation);
    const pieces = Array.from({ length: 5000 }, (_, index) => `${index} `);
    generation.play(pieces);
    await feed.ended;
    const chunks = parseChunks(await reader.rest());
    expect(textOf(chunks)).toBe(pieces.join(''));
    expect(chunks.length).toBeLessThan(5);
  });

  test('a quiet stream is kept alive by comments, which are no events', async () => {
    const generation = new FakeGeneration({} as never, new AbortController().signal);
    const { reader } = readStream(generation, 1);
    generation.accept();
    expect(await reader.next()).toEqual([]);
    expect(await reader.next()).toEqual([]);
    expect(reader.raw).toBe(': ping\n\n: ping\n\n');
    generation.say('x');
    generation.finish();
    expect(textOf(parseChunks(await reader.rest()))).toBe('x');
  });
});
