// Requirement: a program that asks for `gpt-4o-mini` is answered by the operator's model, without a change.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import OpenAI, { NotFoundError } from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyOf, startProduct, type Product } from './product.ts';

const QUESTION = { role: 'user', content: 'What does status code 401 mean?' } as const;

let state: string;
let product: Product;
let client: OpenAI;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'hearthkey-aliases-'));
  const path = (name: string) => JSON.stringify(resolve(`models/${name}.gguf`));
  await writeFile(
    join(state, 'models.toml'),
    `[[models]]\nid = "one"\npath = ${path('tiny-llama')}\naliases = ["gpt-4o-mini"]\n
     [[models]]\nid = "two"\npath = ${path('tiny-phi2')}\n`,
  );
  product = await startProduct({ state });
  client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
});

afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(state, { recursive: true });
});

it("serves the state folder's models.toml; an alias answers as its model", async () => {
  expect((await client.models.list()).data.map(({ id }) => id)).toStrictEqual(['one', 'two']);
  const request = { messages: [QUESTION], temperature: 0, max_tokens: 20 };
  const byAlias = await client.chat.completions.create({ ...request, model: 'gpt-4o-mini' });
  const byId = await client.chat.completions.create({ ...request, model: 'one' });
  expect(byAlias.model).toBe('one');
  expect(byAlias.choices[0]?.message.content).toBe(byId.choices[0]?.message.content);
  expect((await client.models.retrieve('gpt-4o-mini')).id).toBe('one');
});

it('knows no other name', async () => {
  await expect(client.chat.completions.create({ model: 'gpt-4o', messages: [QUESTION] })).rejects.toThrow(
    NotFoundError,
  );
});
