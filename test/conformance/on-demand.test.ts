// Requirement: more models than there is memory for are served by one node; who has to wait for one is told for how long.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import OpenAI from 'openai';
import { expect, it, onTestFinished } from 'vitest';
import { keyOf, startProduct } from './product.ts';

async function serve(settings: string) {
  const state = await mkdtemp(join(tmpdir(), 'hearthkey-on-demand-'));
  const model = (id: string, name: string) =>
    `[[models]]\nid = "${id}"\npath = ${JSON.stringify(resolve(`models/${name}.gguf`))}\nsequences = 1\nload = "on_demand"\n`;
  // Room for one of them.
  const text = `memory_limit = "90MiB"\n${settings}\n${model('one', 'tiny-llama')}${model('two', 'tiny-phi2')}`;
  await writeFile(join(state, 'models.toml'), text);
  const product = await startProduct({ state });
  onTestFinished(async () => {
    await product[Symbol.asyncDispose]();
    await rm(state, { recursive: true });
  });
  const client = new OpenAI({ baseURL: `${product.gateway}/v1`, apiKey: keyOf(product), maxRetries: 0 });
  const ask = (name: string) =>
    client.chat.completions.create({
      model: name,
      messages: [{ role: 'user', content: 'Hi' }],
      max_completion_tokens: 4,
    });
  return { product, client, ask };
}

it('a call of either model is answered by it, and both are listed all the time', async () => {
  const { client, ask } = await serve('idle_unload = "10m"');
  for (const name of ['one', 'two', 'one']) {
    expect((await client.models.list()).data.map(({ id }) => id)).toStrictEqual(['one', 'two']);
    const { model, usage, ...answer } = await ask(name);
    expect(answer).toMatchObject({ system_fingerprint: expect.stringMatching(/^fp_/) as unknown });
    expect(model).toBe(name);
    expect(usage?.completion_tokens).toBeGreaterThan(0);
  }
});

it('a call that may not wait gets 503 with Retry-After through the gateway', async () => {
  const { product } = await serve('load_wait = "0s"');
  const response = await fetch(`${product.gateway}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keyOf(product)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'two', prompt: 'Hi', max_tokens: 4 }),
  });
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await response.json()).toMatchObject({ error: { code: 'model_loading', type: 'server_error' } });
});
