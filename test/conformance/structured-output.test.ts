// Requirement: an answer that was asked for as JSON always parses, and is valid by its schema, whatever the model would rather say.
// Through the built product, with the official `openai` package.
import OpenAI, { BadRequestError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { keyOf, startProduct, type Product } from './product.ts';

const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Tell me a story about a sad cloud.' }];
const Story = z.object({
  title: z.string().max(20),
  mood: z.enum(['sad', 'glad']),
  pages: z.number().int().min(1).max(9),
  heroes: z.array(z.object({ name: z.string().max(8), age: z.number().int().min(0).max(99).nullable() })).max(2),
});

let product: Product;
let client: OpenAI;

beforeAll(async () => {
  product = await startProduct();
  client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

describe('structured output', () => {
  it.each(['tiny-llama', 'tiny-phi2'])('is parsed by the client for %s, at any temperature', async (model) => {
    for (const seed of [1, 2, 3]) {
      const request = { model, messages: MESSAGES, temperature: 2, top_p: 1, seed, max_tokens: 600 };
      const answer = await client.chat.completions.parse({
        ...request,
        response_format: zodResponseFormat(Story, 'story'),
      });
      expect(answer.choices[0]?.finish_reason).toBe('stop');
      expect(Story.safeParse(answer.choices[0]?.message.parsed).success).toBe(true);
    }
  });

  it('is the same streamed, and in each of several choices', async () => {
    const request = {
      model: 'tiny-llama',
      messages: MESSAGES,
      seed: 7,
      n: 2,
      max_tokens: 600,
      response_format: zodResponseFormat(Story, 'story'),
    };
    const whole = await client.chat.completions.create(request);
    const texts = ['', ''];
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
      for (const { index, delta } of choices) texts[index] = `${texts[index] ?? ''}${delta.content ?? ''}`;
    }
    expect(texts).toEqual(whole.choices.map(({ message }) => message.content));
    for (const text of texts) expect(Story.safeParse(JSON.parse(text)).success).toBe(true);
  });

  it('is any JSON object where only that was asked for', async () => {
    const request = { model: 'tiny-llama', messages: MESSAGES, temperature: 1.5, seed: 3, max_tokens: 1_500 };
    const answer = await client.chat.completions.create({ ...request, response_format: { type: 'json_object' } });
    const [choice] = answer.choices;
    if (choice?.finish_reason === 'stop') expect(JSON.parse(choice.message.content ?? '')).toBeTypeOf('object');
    else expect(choice?.message.content).toMatch(/^\{/);
  });

  it('is a text of a grammar in llama.cpp’s form', async () => {
    const request = { model: 'tiny-llama', messages: MESSAGES, grammar: 'root ::= ("yes" | "no") "!"' };
    const answer = await client.chat.completions.create(request);
    expect(answer.choices[0]?.message.content).toMatch(/^(?:yes|no)!$/);
  });

  it('is refused with the place and the reason where it cannot be enforced', async () => {
    const schema = { type: 'object', properties: { a: { type: 'integer', multipleOf: 3 } } };
    const asking = client.chat.completions.create({
      model: 'tiny-llama',
      messages: MESSAGES,
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
    });
    await expect(asking).rejects.toMatchObject({
      constructor: BadRequestError,
      param: 'response_format.json_schema.schema.properties.a.multipleOf',
      code: 'invalid_value',
      message: expect.stringContaining('it cannot be enforced') as string,
    });
    const broken = client.chat.completions.create({
      model: 'tiny-llama',
      messages: MESSAGES,
      grammar: 'root ::= (',
    } as never);
    await expect(broken).rejects.toMatchObject({ constructor: BadRequestError, param: 'grammar' });
  });

  it('is refused where a schema is too deep for anybody to look at', async () => {
    const deep = `${'{"items":'.repeat(5_000)}{}${'}'.repeat(5_000)}`;
    const body = `{"model":"tiny-llama","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":${deep}}}}`;
    const answer = await fetch(`${product.gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyOf(product)}`, 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'response_format.json_schema.schema' } });
  });
});
