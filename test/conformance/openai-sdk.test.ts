// Requirement: clients keep the SDK that they have. The official `openai` package drives the built product.
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, startProduct, type Product } from './product.ts';

const QUESTION = { role: 'user', content: 'What does status code 401 mean?' } as const;

let product: Product;
let client: OpenAI;

beforeAll(async () => {
  product = await startProduct();
  client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

describe('the official OpenAI client', () => {
  it('gets a chat answer with exact usage', async () => {
    const answer = await client.chat.completions.create({ model: 'tiny-llama', messages: [QUESTION], temperature: 0 });
    expect(answer.object).toBe('chat.completion');
    expect(answer.choices[0]?.message.content).toMatch(/key/i);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
  });

  it('gets the same text streamed as at once', async () => {
    const request = { model: 'tiny-llama', messages: [QUESTION], temperature: 0 };
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage).toMatchObject({
      prompt_tokens: whole.usage?.prompt_tokens,
      completion_tokens: whole.usage?.completion_tokens,
    });
  });

  it('talks to the Phi-2 architecture as well', async () => {
    const answer = await client.chat.completions.create({ model: 'tiny-phi2', messages: [QUESTION], temperature: 0 });
    expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(10);
  });

  it('gets vectors', async () => {
    const input = ['An API key', 'Revoke it.'];
    // The client asks for base64 by itself, and decodes it; with a format named it passes what comes.
    const [decoded, floats] = await Promise.all([
      client.embeddings.create({ model: 'tiny-llama', input }),
      client.embeddings.create({ model: 'tiny-llama', input, encoding_format: 'float' }),
    ]);
    expect(floats.data).toHaveLength(2);
    expect(decoded.data).toEqual(floats.data);
    expect(floats.usage.prompt_tokens).toBeGreaterThan(4);
  });

  it('can ask what a chat costs before it sends it', async () => {
    const messages = [QUESTION];
    const told = await client.post<{ count: number; tokens: number[] }>('/tokenize', {
      body: { model: 'tiny-llama', messages },
    });
    const answer = await client.chat.completions.create({ model: 'tiny-llama', messages, max_completion_tokens: 1 });
    expect(told.count).toBe(answer.usage?.prompt_tokens);
    const text = await client.post<{ content: string }>('/detokenize', {
      body: { model: 'tiny-llama', tokens: told.tokens },
    });
    expect(text.content).toContain(QUESTION.content);
  });

  it('completes plain text, streamed and not', async () => {
    const request = { model: 'tiny-llama', prompt: 'An API key is', max_tokens: 12, temperature: 0 };
    const whole = await client.completions.create(request);
    let text = '';
    for await (const chunk of await client.completions.create({ ...request, stream: true }))
      text += chunk.choices[0]?.text ?? '';
    expect(text).toBe(whole.choices[0]?.text);
    expect(whole.usage?.completion_tokens).toBeLessThanOrEqual(12);
  });

  it('gets several choices, whole and streamed, and pays for the prompt once', async () => {
    const request = { model: 'tiny-llama', messages: [QUESTION], max_tokens: 30, seed: 1, n: 3 };
    const one = await client.chat.completions.create({ ...request, n: 1 });
    const whole = await client.chat.completions.create(request);
    expect(whole.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(whole.choices[0]?.message.content).toBe(one.choices[0]?.message.content);
    expect(whole.usage?.prompt_tokens).toBe(one.usage?.prompt_tokens);
    expect(whole.usage?.completion_tokens).toBeGreaterThan(one.usage?.completion_tokens ?? Infinity);
    const texts = ['', '', ''];
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
      for (const { index, delta } of choices) texts[index] = `${texts[index] ?? ''}${delta.content ?? ''}`;
    }
    expect(texts).toEqual(whole.choices.map(({ message }) => message.content));
  });

  it('gets log probabilities of chats and of plain texts, whole and streamed the same', async () => {
    const chat = { model: 'tiny-llama', messages: [QUESTION], max_tokens: 8, temperature: 0, logprobs: true };
    const whole = await client.chat.completions.create({ ...chat, top_logprobs: 2 });
    const tokens = whole.choices[0]?.logprobs?.content ?? [];
    expect(tokens.map(({ token }) => token).join('')).toBe(whole.choices[0]?.message.content);
    expect(tokens.every(({ logprob, top_logprobs }) => logprob <= 0 && top_logprobs.length === 2)).toBe(true);
    const streamed: unknown[] = [];
    for await (const { choices } of await client.chat.completions.create({ ...chat, top_logprobs: 2, stream: true })) {
      streamed.push(...(choices[0]?.logprobs?.content ?? []));
    }
    expect(streamed).toEqual(tokens);
    const plain = await client.completions.create({
      model: 'tiny-llama',
      prompt: 'An API key is',
      max_tokens: 8,
      temperature: 0,
      logprobs: 1,
    });
    const { tokens: texts = [], text_offset: offsets = [] } = plain.choices[0]?.logprobs ?? {};
    expect(texts.join('')).toBe(plain.choices[0]?.text);
    expect(offsets).toEqual(texts.map((_, index) => texts.slice(0, index).join('').length));
  });

  it('completes several prompts in one call, each with what it began with when asked to', async () => {
    const prompts = ['An API key is', 'A token is'];
    const request = { model: 'tiny-llama', max_tokens: 6, temperature: 0 };
    const alone: string[] = [];
    for (const prompt of prompts)
      alone.push((await client.completions.create({ ...request, prompt })).choices[0]?.text ?? '');
    const both = await client.completions.create({ ...request, prompt: prompts, echo: true });
    expect(both.choices.map(({ text }) => text)).toEqual(
      prompts.map((prompt, index) => `${prompt}${alone[index] ?? ''}`),
    );
    let first = '';
    for await (const { choices } of await client.completions.create({
      ...request,
      prompt: prompts[0] ?? '',
      echo: true,
      stream: true,
    })) {
      first += choices[0]?.text ?? '';
    }
    expect(first).toBe(both.choices[0]?.text);
  });

  it('reports length when max_tokens ends the answer, and never more tokens', async () => {
    const answer = await client.chat.completions.create({
      model: 'tiny-llama',
      messages: [QUESTION],
      max_completion_tokens: 3,
    });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(3);
  });

  it('stops at a stop text and never shows it', async () => {
    const free = await client.chat.completions.create({ model: 'tiny-llama', messages: [QUESTION], temperature: 0 });
    const words = free.choices[0]?.message.content?.split(' ') ?? [];
    const stop = ` ${words.slice(2, 4).join(' ')}`;
    const cut = await client.chat.completions.create({
      model: 'tiny-llama',
      messages: [QUESTION],
      temperature: 0,
      stop,
    });
    expect(cut.choices[0]?.message.content).toBe(words.slice(0, 2).join(' '));
    expect(cut.choices[0]?.finish_reason).toBe('stop');
  });

  it('gets the same text for the same seed', async () => {
    const request = { model: 'tiny-llama', messages: [QUESTION], temperature: 1.5, seed: 7, max_tokens: 24 };
    const texts = [];
    for (let run = 0; run < 2; run++) {
      texts.push((await client.chat.completions.create(request)).choices[0]?.message.content);
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('lists and retrieves models', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(['tiny-llama', 'tiny-phi2']);
    expect((await client.models.retrieve('tiny-phi2')).id).toBe('tiny-phi2');
  });

  it('raises its own error classes', async () => {
    const stranger = new OpenAI({
      baseURL: `${product.gateway}/v1`,
      apiKey: `${keyOf(product).slice(0, -1)}!`,
      maxRetries: 0,
    });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(AuthenticationError);
    const chat = (body: object): Promise<unknown> =>
      client.post('/chat/completions', { body: { model: 'tiny-llama', messages: [QUESTION], ...body } });
    await expect(chat({ model: 'gpt-4o' })).rejects.toBeInstanceOf(NotFoundError);
    await expect(chat({ messages: [] })).rejects.toBeInstanceOf(BadRequestError);
    await expect(chat({ messages: [{ role: 'user', content: 'word '.repeat(5000) }] })).rejects.toMatchObject({
      code: 'context_length_exceeded',
    });
  });
});
